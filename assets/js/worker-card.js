/** A worker's day in words: attendance, coverage, stops, gaps, events, and how good the fixes were. Paints into places
 * that the server laid out; keeps nothing. */
(function (quanyu) {
  "use strict";

  const STOP_NEAR_M = 60;

  /** Why nothing was heard. */
  function reasonOf(gap) {
    return quanyu.words.t(`worker.gap_${gap.reason}`, { m: quanyu.format.count(gap.apart_m ?? 0) });
  }

  /** How an event stands. @returns {{glyph: string, text: string}} */
  function judged(event) {
    const { t } = quanyu.words;
    const due = event.due_at ? Date.parse(event.due_at) : Infinity;
    const end = event.closed_at ? Date.parse(event.closed_at) : quanyu.clock.now();
    if (event.closed_at) return end > due ? { glyph: "bad", text: t("worker.done_late") } : { glyph: "ok", text: t("worker.done") };
    if (end > due) return { glyph: "bad", text: t("worker.late") };
    if (event.warn_at && Date.parse(event.warn_at) <= end) return { glyph: "warn", text: t("worker.due_soon") };
    return { glyph: "ok", text: t("worker.under_way") };
  }

  const percent = (part, whole) => (whole > 0 ? Math.floor((part * 100) / whole) : null);

  function row(label, value, note, glyph) {
    const { el, glyph: shape } = quanyu.dom;
    const tail = el("em", glyph ? `c-${glyph}` : "", [...(glyph ? [shape(glyph)] : []), note]);
    return el("div", "wk-row", [el("span", "", label), el("b", "", value), tail]);
  }

  function total(spells, end) {
    return spells.reduce((sum, one) => sum + (Math.min(one.to ? Date.parse(one.to) : end, end) - Date.parse(one.from)) / 1000, 0);
  }

  /** @param {Object} answer */
  function attendance(answer) {
    const { t } = quanyu.words;
    const { short, span } = quanyu.workerTimes;
    const { shifts, figures } = answer;
    const [first, last] = [shifts[0], shifts[shifts.length - 1]];
    const ms = (text) => (text ? Date.parse(text) : NaN);
    const shown = (text) => (text ? short(ms(text)) : quanyu.format.DASH);
    const planned = shifts.reduce((sum, one) => sum + (ms(one.ends_at) - ms(one.starts_at)) / 1000, 0);
    const end = Math.max(...shifts.map((one) => ms(one.until)));
    const covered = figures.inside_s + figures.away_s;
    const late = first.checked_in_at ? ms(first.checked_in_at) >= ms(first.starts_at) + 60000 : end > ms(first.starts_at) + 60000;
    const spells = (key, list) =>
      list.length
        ? row(t(`worker.${key}`), t(`worker.${key}_n`, { n: list.length, time: span(total(list, end)) }), "", "warn")
        : row(t(`worker.${key}`), t("worker.none_n"), "");
    return [
      row(t("worker.in"), shown(first.checked_in_at), t("worker.due_in", { time: shown(first.starts_at) }), late ? "warn" : ""),
      row(t("worker.out"), shown(last.checked_out_at), t("worker.due_out", { time: shown(last.ends_at) })),
      row(t("worker.on_duty"), span(figures.on_duty_s), t("worker.planned", { time: span(planned) })),
      row(t("worker.inside"), answer.coverage ? span(figures.inside_s) : quanyu.format.DASH, answer.coverage && covered ? t("worker.share", { rate: percent(figures.inside_s, covered) }) : ""),
      spells("away", answer.away),
      ...(answer.silent.length ? [spells("silent", answer.silent)] : []),
      row(t("worker.distance"), t("worker.km", { n: (figures.distance_m / 1000).toFixed(1) }), t("worker.walking")),
    ];
  }

  /** @param {?Object} coverage @param {?number} target 0 to 1 */
  function coverage(found, target) {
    const { el, glyph, style } = quanyu.dom;
    const { t } = quanyu.words;
    if (!found || !found.cells) return [el("p", "t3", t("worker.no_grid"))];
    const rate = percent(found.visited, found.cells);
    const bar = el("div", "wk-bar", [el("i")]);
    style(bar.firstElementChild, "width", `${rate}%`);
    const parts = [
      el("div", "wk-covered", [el("b", "", [String(rate), el("span", "", "%")]), el("span", "t2", t("worker.covered", { n: quanyu.format.count(found.visited), all: quanyu.format.count(found.cells) }))]),
      bar,
    ];
    if (target === null || target === undefined) return parts;
    const mark = el("u");
    style(mark, "left", `${target * 100}%`);
    bar.append(mark);
    const good = found.visited >= target * found.cells;
    const verdict = el("span", good ? "c-ok" : "c-warn", [glyph(good ? "ok" : "warn"), t(good ? "worker.reached" : "worker.missed")]);
    parts.push(el("div", "wk-target", [el("span", "t3", t("worker.target", { rate: Math.round(target * 100) })), verdict]));
    return parts;
  }

  /** Seven days as bars. @param {?Object} answer @param {string} day @param {?number} target */
  function week(answer, day, target) {
    const { el, svg } = quanyu.dom;
    const { t } = quanyu.words;
    if (!answer) return el("div", "skel wk-week-wait");
    const [step, floor, high] = [34, 62, 48];
    const texts = [];
    const parts = answer.days.flatMap((one, i) => {
      const rate = one.shifts && one.cells ? percent(one.visited, one.cells) : null;
      const name = quanyu.workerTimes.dayName(one.day);
      texts.push(rate === null ? t("worker.rest_day", { day: name }) : t("worker.week_day", { day: name, rate, n: one.visited, all: one.cells }));
      const top = floor - (high * (rate ?? 0)) / 100;
      const label = rate === null ? t("worker.rest") : String(rate);
      return [
        svg("rect", { x: 4 + i * step, y: Math.min(top, floor - 1), width: 22, height: Math.max(1, floor - top), class: one.day === day ? "wk-day on" : "wk-day" }),
        written(15 + i * step, top - 4, label, one.day === day ? "wk-rate on" : "wk-rate"),
        written(15 + i * step, 79, String(Number(one.day.slice(8))), "wk-date"),
      ];
    });
    parts.push(svg("path", { d: `M0 ${floor}H240`, class: "wk-axis" }));
    if (target) parts.push(svg("path", { d: `M0 ${floor - high * target}H240`, class: "wk-goal" }));
    return svg("svg", { viewBox: "0 0 240 84", class: "wk-week", role: "img", "aria-label": texts.join("; ") }, parts);
  }

  function written(x, y, text, cls) {
    const made = quanyu.dom.svg("text", { x, y, class: cls });
    made.textContent = text;
    return made;
  }

  /** The shift of a day that goes on. */
  function underWay(answer) {
    const now = quanyu.clock.now();
    return answer.shifts.find((one) => Date.parse(one.starts_at) <= now && now < Date.parse(one.ends_at) && !one.checked_out_at);
  }

  function state(answer) {
    if (!answer.shifts.length) return ["off", "worker.state_none"];
    const current = underWay(answer);
    if (!current) return ["off", "worker.state_done"];
    return current.checked_in_at ? ["ok", "worker.state_on"] : ["warn", "worker.state_missing"];
  }

  function legend() {
    const { el, glyph } = quanyu.dom;
    const { t } = quanyu.words;
    const line = (marks, key) => el("div", "", [el("span", "wk-mark", marks), t(key)]);
    return [
      line([el("i", "wk-cell l1"), el("i", "wk-cell l2"), el("i", "wk-cell l3")], "worker.legend_visited"),
      line([el("i", "wk-cell none")], "worker.legend_missed"),
      line([el("i", "wk-ring")], "worker.legend_stop"),
      line([el("i", "wk-dots warn")], "worker.legend_away"),
      line([el("i", "wk-dots")], "worker.legend_gap"),
      line([glyph("ok"), glyph("bad")], "worker.legend_events"),
    ];
  }

  /** The left column. @param {HTMLElement} node @param {Object} answer @param {{today: string, target: ?number, again: function(): void}} about */
  function left(node, answer, about) {
    const { el, glyph } = quanyu.dom;
    const { t } = quanyu.words;
    const { worker } = answer;
    const name = worker.name || worker.code;
    const [shape, key] = state(answer);
    const role = t(worker.role === "grid_worker" ? "worker.role_grid_worker" : "worker.role_other");
    const face = el("span", "ava wk-face", name.slice(0, 1));
    face.setAttribute("aria-hidden", "true");
    const tag = el("span", "tag", [glyph(shape), t(key)]);
    const who = el("div", "wk-who", [face, el("div", "", [el("b", "", name), el("div", "t2", `${worker.region.name} · ${role}`)]), tag]);
    const place = el("div", "wk-week-box", week(null, answer.day, about.target));
    const again = el("button", "btn ghost sm", t("worker.renew"));
    again.type = "button";
    again.addEventListener("click", about.again);
    const fresh = answer.day === about.today || underWay(answer) ? [el("span", "t3", t("worker.as_of", { time: quanyu.workerTimes.short(Date.parse(answer.as_of)) })), again] : [];
    const parts = answer.shifts.length
      ? [el("div", "wk-fresh", [el("h3", "", t("worker.attendance")), ...fresh]), ...attendance(answer), el("h3", "", t("worker.coverage")), ...coverage(answer.coverage, about.target)]
      : [el("p", "t2", t("worker.no_shift"))];
    node.replaceChildren(who, ...parts, el("h3", "", t("worker.week")), place, el("h3", "", t("worker.legend")), el("div", "wk-legend", legend()));
    return place;
  }

  /** Where a stop is: at an event that was handled then, in the own grid, in another, or outside. */
  function placeOf(stop, track, answer, names, gridAt) {
    const { t } = quanyu.words;
    const event = answer.events.find((one) => {
      if (one.lon === null) return false;
      const [from, to] = [Date.parse(one.reported_at), Date.parse(one.closed_at || one.resolved_at || answer.as_of)];
      return metres(one, stop) < STOP_NEAR_M && from <= stop.to && to >= stop.from;
    });
    if (event) return event.category;
    const grid = gridAt(stop);
    if (grid === answer.worker.region.code) return t("worker.stop_own");
    return names.get(grid) || t("worker.stop_out");
  }

  function metres(a, b) {
    const east = (a.lon - b.lon) * 111195 * Math.cos((a.lat * Math.PI) / 180);
    return Math.hypot(east, (a.lat - b.lat) * 111195);
  }

  /**
   * Stops and gaps by time; the stops keep their numbers.
   * @param {HTMLElement} list @param {HTMLElement} sub
   */
  function stops(list, sub, track, answer, about) {
    const { el, text } = quanyu.dom;
    const { t } = quanyu.words;
    const { short, span } = quanyu.workerTimes;
    const rows = track.stops.map((stop, i) => ({ stop, i, from: stop.from, words: placeOf({ ...answer.stops[i], ...stop }, track, answer, about.names, about.gridAt), lasted_s: stop.lasted_s }));
    for (const gap of track.gaps) rows.push({ from: gap.from, words: reasonOf(gap), lasted_s: gap.lasted_s });
    rows.sort((a, b) => a.from - b.from);
    list.replaceChildren(
      ...rows.map((one) => {
        const number = one.stop ? el("span", "wk-n", String(one.i + 1)) : el("span", "wk-n gap");
        const button = el("button", "", [number, el("span", "t2 num", short(one.from)), el("span", "ell", one.words), el("span", "r t2 num", span(one.lasted_s))]);
        button.type = "button";
        button.title = one.words;
        if (one.stop) button.dataset.stop = String(one.i);
        button.addEventListener("click", () => about.onGo(one.from, one.stop ? one.i : null));
        return el("li", one.stop ? "" : "gap", button);
      }),
    );
    if (!rows.length) list.replaceChildren(el("li", "none", t("worker.no_stops")));
    const parts = [t("worker.stops_sub", { n: track.stops.length, time: span(answer.figures.stopped_s) })];
    if (track.gaps.length) parts.push(t("worker.gaps_sub", { n: track.gaps.length }));
    text(sub, parts.join(" · "));
  }

  /** @param {HTMLElement} body @param {HTMLElement} sub @param {Object} answer */
  function events(body, sub, answer) {
    const { el, glyph, text } = quanyu.dom;
    const { t } = quanyu.words;
    text(sub, t("worker.events_n", { n: answer.events.length }));
    if (!answer.events.length) {
      const cell = el("td", "none", t("worker.no_events"));
      cell.colSpan = 3;
      return body.replaceChildren(el("tr", "", cell));
    }
    body.replaceChildren(
      ...answer.events.map((event) => {
        const found = judged(event);
        const link = el("a", "", event.category);
        link.href = `/event/${encodeURIComponent(event.code)}`;
        link.dataset.event = event.code;
        link.title = event.code;
        const moment = Date.parse(event.resolved_at || event.closed_at || event.reported_at);
        return el("tr", "", [el("td", "num", [glyph(found.glyph), quanyu.workerTimes.short(moment)]), el("td", "ell", link), el("td", found.glyph === "bad" ? "c-bad" : "t2", found.text)]);
      }),
    );
  }

  /** @param {HTMLElement} list @param {Object} quality */
  function quality(list, found) {
    const { el } = quanyu.dom;
    const { t } = quanyu.words;
    const { age, count, DASH } = quanyu.format;
    const removed = found.received - found.sound;
    const seconds = (value) => (value === null ? DASH : age(value * 1000));
    const rows = [
      ["received", t("worker.points", { n: count(found.received) })],
      ["interval", seconds(found.interval_s)],
      ["longest", seconds(found.longest_s)],
      ["removed", found.received ? t("worker.points_share", { n: count(removed), rate: (Math.floor((removed * 1000) / found.received) / 10).toFixed(1) }) : DASH],
    ];
    const parts = t("worker.removed_parts", { duplicates: found.duplicates, jumps: found.jumps, cold: found.cold_starts, drifts: found.drifts, marked: found.marked, late: found.late });
    list.replaceChildren(...rows.flatMap(([key, value]) => [el("dt", "", t(`worker.${key}`)), el("dd", "num", value)]), el("dd", "wk-parts t3", parts));
  }

  quanyu.workerCard = { left, week, stops, events, quality, judged, reasonOf };
})((globalThis.quanyu = globalThis.quanyu || {}));
