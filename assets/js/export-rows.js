/**
 * The rows of panels that only the page has: the wall's from what it knows, others from the tables and lists that stand
 * on the page. All rows, not those that a panel has room for. Owns nothing.
 */
(function (quanyu) {
  "use strict";

  /** @typedef {string|number|null} Cell @typedef {{columns: string[], rows: Cell[][]}} Rows */

  const t = (...said) => quanyu.words.t(...said);
  const share = (n, d) => (d > 0 ? Math.floor((n * 1000) / d) / 10 : null);
  const rate = (raw) => (Array.isArray(raw) ? share(raw[0], raw[1]) : null);
  const percent = (key) => `${t(`kpi.${key}`)} %`;
  const KPIS = ["reported", "open", "on_time_due", "satisfaction", "overdue", "on_duty"];
  const RATES = ["on_time_due", "satisfaction"];
  const SOURCES = ["grid_worker", "hotline", "citizen_app", "sensor", "department"];
  const STANDINGS = ["reported", "closed", "open", "overdue", "due_2h"];
  const ACTIVITIES = ["patrol", "handling", "still", "off_grid", "offline"];

  /** @type {Object<string, function(Object): Rows>} rows of the wall's panels, from what they all read */
  const WALL = {
    kpis: ({ state, counts, root }) => ({
      columns: [t("export.indicator"), t("export.value"), t("export.n"), t("export.d"), t("cat.yesterday")],
      rows: KPIS.map((key) => {
        const before = state.trends.get(root)?.elapsed?.[key] ?? null;
        if (!RATES.includes(key)) return [t(`kpi.${key}`), counts[key] ?? null, null, key === "on_duty" ? (counts.rostered ?? null) : null, before];
        const { n, d } = quanyu.figures.pair(counts, key);
        return [percent(key), share(n, d), n, d, rate(before)];
      }),
    }),
    pipeline: ({ state, counts }) => ({
      columns: [t("export.stage"), t("pipe.in_stage"), t("pipe.overdue"), t("pipe.passed")],
      rows: quanyu.panels.pipeline.stages(state, counts).map((one) => [one.name, one.count, one.late, one.passed]),
    }),
    sources: ({ counts }) => ({
      columns: [t("export.source"), t("kpi.reported")],
      rows: SOURCES.map((key) => [t(`source.${key}`), counts[`source.${key}`] || 0]),
    }),
    categories: ({ state, counts, root }) => {
      const before = state.trends.get(root)?.elapsed?.category;
      const tops = [...state.categories.values()].filter(({ level }) => level === 1);
      return {
        columns: [t("export.category_code"), t("export.category"), t("kpi.reported"), t("cat.yesterday")],
        rows: tops.map(({ id, code }) => [code, quanyu.figures.category(state, id), counts[`category.${id}`] || 0, before ? before[id] || 0 : null]),
      };
    },
    rates: ({ state, root }) => {
      const { today = {}, yesterday = {} } = state.trends.get(root) || {};
      const hours = Array.from({ length: 24 }, (_, hour) => hour);
      return {
        columns: [t("trend.hour"), ...RATES.flatMap((key) => [percent(key), t("export.earlier", { name: percent(key) })])],
        rows: hours.map((hour) => [hour + 1, ...RATES.flatMap((key) => [rate(today[key]?.[hour]), rate(yesterday[key]?.[hour])])]),
      };
    },
    streets: ({ state, ranking }) => ({
      columns: [t("export.place"), t("export.code"), t("rank.street"), t("rank.rate"), t("export.n"), t("export.d"), t("rank.open"), t("rank.overdue")],
      rows: ranking.map((row) => [row.place, row.code, named(state, row.code), share(row.n, row.d), row.n, row.d, row.open, row.overdue]),
    }),
    news: ({ state }) => ({
      columns: [t("worker.event_time"), t("export.source"), t("export.category"), t("export.region"), t("export.stage")],
      rows: [...state.events.values()].sort((a, b) => b.u - a.u || b.id - a.id).map((one) => [
        moment(one.u), t(`source.${one.src}`), quanyu.figures.category(state, one.cat), quanyu.figures.place(state, one.r, true), quanyu.panels.ticker.outcome(state, one),
      ]),
    }),
    alerts: ({ state, alerts }) => ({
      columns: [t("export.escalation"), t("export.category"), t("export.region"), t("export.due_at")],
      rows: alerts.map((one) => [t(`alert.level_${one.al}`), quanyu.figures.category(state, one.cat), quanyu.figures.place(state, one.r, true), one.due === null ? t("alert.no_limit") : moment(one.due)]),
    }),
    standings: ({ state, ranking }) => ({
      columns: [
        t("export.place"), t("export.code"), t("streets.street"), ...STANDINGS.map((key) => t(`streets.${key}`)),
        ...RATES.flatMap((key) => [`${t(`streets.${key}`)} %`, t("export.n"), t("export.d")]), t("export.on_duty"), t("export.rostered"),
      ],
      rows: ranking.map(({ place, code }) => {
        const counts = state.counts.get(code) || {};
        const rates = RATES.flatMap((key) => {
          const { n, d } = quanyu.figures.pair(counts, key);
          return [share(n, d), n, d];
        });
        return [place, code, named(state, code), ...STANDINGS.map((key) => counts[key] || 0), ...rates, counts.on_duty || 0, counts.rostered || 0];
      }),
    }),
    pressing: (view) => ({
      columns: quanyu.panels.pressing.COLUMNS.map((key) => t(`pressing.${key}`)),
      rows: view.alerts.map((one) => quanyu.panels.pressing.texts(one, view, moment)),
    }),
    activities: ({ counts }) => ({
      columns: [t("export.doing"), t("export.value")],
      rows: ACTIVITIES.map((key) => [t(`act.${key}`), counts[key] ?? null]),
    }),
    loads: ({ state }) => ({
      columns: [t("export.code"), t("export.name"), t("export.parent"), t("kpi.open"), t("kpi.overdue")],
      rows: [...state.regions.values()].filter(({ level }) => level === "grid" || level === "micro_grid").map(({ code, parent }) => {
        const counts = state.counts.get(code) || {};
        return [code, named(state, code), named(state, parent), counts.open || 0, counts.overdue || 0];
      }),
    }),
  };

  /** @param {Object} state @param {string} code */
  function named(state, code) {
    const region = state.regions.get(code);
    return region ? quanyu.words.name(region.zh, region.en) : code;
  }

  /** @param {number} ms */
  function moment(ms) {
    const { year, month, day } = quanyu.clock.local(ms);
    return `${year}-${month}-${day} ${quanyu.clock.time(ms)}`;
  }

  const said = (/** @type {Element} */ node) => /** @type {HTMLElement} */ (node).innerText.replace(/\s+/g, " ").trim();

  /** What stands first in the lines of lists. */
  const HEADS = {
    stops: ["#", "worker.event_time", "worker.stops", "export.lasted"],
    drafts: ["export.event", "export.why", "export.place_until"],
    event: ["export.name", "export.text"],
  };

  /** A table, or the lines of lists with their parts. @param {string} name @param {HTMLElement} panel @returns {Rows} */
  function standing(name, panel) {
    const table = panel.querySelector("table");
    if (table) {
      const columns = [...table.querySelectorAll("thead th")].map(said);
      const rows = [...table.querySelectorAll("tbody tr:not(:has(> .none))")].map((row) => [...row.children].map(said));
      return filled(columns, rows);
    }
    const pairs = [...panel.querySelectorAll("dt")].map((term) => [said(term), said(term.nextElementSibling)]);
    const lines = [...panel.querySelectorAll("li:not(.none)")].filter((line) => !line.querySelector("li")).map(parts);
    return filled((HEADS[name] || []).map((key) => (key === "#" ? key : t(key))), [...pairs, ...lines]);
  }

  /** The parts of a line that hold a text each; the place of a stop's number stays where a gap has none. @param {Element} line @returns {string[]} */
  function parts(line) {
    const inner = [...line.children].filter((one) => !one.matches(".sv-do"));
    if (inner.length === 1 && inner[0].children.length) return parts(inner[0]);
    const texts = inner.filter((one) => one.matches(".wk-n") || said(one)).map(said);
    return texts.length ? texts : [said(line)];
  }

  /** @param {string[]} columns @param {Cell[][]} rows @returns {Rows} every row as wide as the widest */
  function filled(columns, rows) {
    const width = Math.max(columns.length, ...rows.map((row) => row.length));
    const wide = (row, empty) => [...row, ...Array.from({ length: width - row.length }, () => empty)];
    return { columns: wide(columns, ""), rows: rows.map((row) => wide(row, null)) };
  }

  /**
   * A panel as the server takes it. @param {string} panel @param {HTMLElement} node @param {string} form
   * @returns {Object}
   */
  function posted(panel, node, form) {
    const wall = WALL[panel] ? quanyu.wall.look() : null;
    const rows = form !== "csv" && form !== "xlsx" ? { columns: [], rows: [] } : wall ? WALL[panel](wall) : standing(panel, node);
    return { panel, form, at: quanyu.clock.now(), region: wall?.state.counts.has(wall.root) ? wall.root : "", subject: subject(), ...rows };
  }

  /** The event or the worker's day that the page is of. */
  function subject() {
    const [, page, code] = location.pathname.split("/");
    if (!code || (page !== "event" && page !== "worker")) return "";
    return [decodeURIComponent(code), new URLSearchParams(location.search).get("day")].filter(Boolean).join(" ");
  }

  quanyu.exportRows = { posted };
})((globalThis.quanyu = globalThis.quanyu || {}));
