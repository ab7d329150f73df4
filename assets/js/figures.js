/** What the panels show, worked out from the store's state. Pure. */
(function (quanyu) {
  "use strict";

  /** The region that the wall is about: the district, or the one street of a narrower view. */
  function rootCode(state) {
    if (state.counts.has(state.district.code)) return state.district.code;
    const streets = state.streets.filter((code) => state.counts.has(code));
    return streets.length === 1 ? streets[0] : state.district.code;
  }

  /** Counters of the whole view; a view of several streets is their sum. @returns {Counts} */
  function rootCounts(state) {
    const own = state.counts.get(rootCode(state));
    if (own) return own;
    /** @type {Counts} */
    const sum = {};
    for (const code of state.streets) {
      const counts = state.counts.get(code);
      for (const key in counts) sum[key] = (sum[key] || 0) + counts[key];
    }
    return sum;
  }

  /** @param {Counts} counts @param {string} key @returns {{n: number, d: number}} */
  function pair(counts, key) {
    if (key === "satisfaction") return { n: counts.satisfied || 0, d: counts.answered || 0 };
    return { n: counts[key + ".n"] || 0, d: counts[key + ".d"] || 0 };
  }

  /** A point of a series as one number: a count, or percent of [n, d]; null for 0/0. */
  function point(value) {
    if (Array.isArray(value)) return value[1] > 0 ? (value[0] * 100) / value[1] : null;
    return value === undefined ? null : value;
  }

  /**
   * How a value differs from the same elapsed part of yesterday.
   * @returns {?{way: "up"|"down"|"flat", size: number}} null where yesterday has no value
   */
  function delta(now, before, kind) {
    if (now === null || before === null || before === undefined) return null;
    let change = now - before;
    if (kind === "share") {
      if (before === 0) return null;
      change = (change * 100) / before;
    }
    const size = kind === "count" ? Math.abs(change) : Math.abs(quanyu.format.cut(change));
    return { way: size === 0 ? "flat" : change > 0 ? "up" : "down", size };
  }

  /** Shares below which a street is red, and yellow. @returns {[number, number]} */
  function thresholds(state) {
    return state.district.thresholds.on_time_due;
  }

  /** Rows of the street ranking, best first; streets below the least n come last, unranked. */
  function ranking(state) {
    const [low, high] = thresholds(state);
    const least = Math.max(1, state.district.ranking_min_n || 1);
    const rows = state.streets.filter((code) => state.counts.has(code)).map((code) => {
      const counts = state.counts.get(code);
      const { n, d } = pair(counts, "on_time_due");
      const value = d > 0 ? n / d : null;
      const ranked = d >= least;
      const colour = !ranked ? "off" : value < low ? "bad" : value < high ? "warn" : "ok";
      return { code, n, d, value, ranked, colour, open: counts.open || 0, overdue: counts.overdue || 0 };
    });
    rows.sort((a, b) => b.ranked - a.ranked || (b.value ?? -1) - (a.value ?? -1) || b.d - a.d || (a.code < b.code ? -1 : 1));
    let place = 0;
    for (const row of rows) row.place = row.ranked ? ++place : null;
    return rows;
  }

  /** Alerts, worst first: level, then the earliest due. @returns {EventRecord[]} */
  function alerts(state) {
    return [...state.events.values()]
      .filter((record) => record.state === "open" && record.al > 0)
      .sort((a, b) => a.al - b.al || (a.due ?? Infinity) - (b.due ?? Infinity) || a.id - b.id);
  }

  /** Load class of a grid, 0 to 5, for its open events: 0 | 1 | 2–3 | 4–5 | 6–8 | 9+. @param {number} open */
  function loadClass(open) {
    if (open <= 1) return open < 1 ? 0 : 1;
    if (open <= 3) return 2;
    if (open <= 5) return 3;
    return open <= 8 ? 4 : 5;
  }

  /** Names from the street down to a region, each without its parent's name in front. */
  function path(state, code, from) {
    const names = [];
    let region = state.regions.get(code);
    while (region && region.level !== "district") {
      const parent = state.regions.get(region.parent);
      let name = quanyu.words.name(region.zh, region.en);
      const above = parent ? quanyu.words.name(parent.zh, parent.en) : "";
      if (above && name.startsWith(above) && name.length > above.length) name = name.slice(above.length).trim();
      names.unshift(name);
      region = parent;
    }
    if (names.length === 0 && region) names.push(quanyu.words.name(region.zh, region.en));
    return names.slice(from || 0);
  }

  const ENDING = /(街道办事处|街道|镇|乡|社区|村|居委会)$/;
  const ENDING_EN = / (Subdistrict|Street|Town|Community|Village)$/i;

  /** A short name: "犀浦街道" as "犀浦". @param {string} name */
  function brief(name) {
    const short = quanyu.words.lang === "en" ? name.replace(ENDING_EN, "") : name.replace(ENDING, "");
    return short.length > 1 ? short : name;
  }

  /** The place of an event as text. @param {boolean} short without 街道, 社区 ... */
  function place(state, code, short) {
    const names = path(state, code);
    if (quanyu.words.lang === "en") {
      const parts = names.map(brief);
      return (short && parts.length > 2 ? [parts[0], parts[parts.length - 1]] : parts).join(", ");
    }
    return (short ? names.map(brief) : names).join(" ");
  }

  /** Name of an event's category. */
  function category(state, id) {
    const found = state.categories.get(id);
    return found ? quanyu.words.name(found.zh, found.en) : quanyu.format.DASH;
  }

  /** Where an event is drawn: its own place, or its region's label point; [lon, lat] or null. */
  function spot(state, record) {
    if (record.x !== null && record.y !== null) return [record.x / 1e5, record.y / 1e5];
    const region = state.regions.get(record.r);
    return region ? [region.lon, region.lat] : null;
  }

  quanyu.figures = {
    rootCode, rootCounts, pair, point, delta, thresholds, ranking, alerts, loadClass, path, brief, place, category, spot,
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
