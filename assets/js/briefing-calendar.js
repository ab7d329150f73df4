/** The calendar of a briefing's period: a month with its weeks, of which days, a week or all are chosen. */
(function (quanyu) {
  "use strict";

  const DAY_MS = 86400000;
  let root;
  let today = "";
  let shown = "";
  let followed = "";

  /** @param {HTMLElement} node @param {string} now the local day */
  function start(node, now) {
    root = node;
    today = now;
    root.addEventListener("keydown", arrows);
  }

  /** @param {string} day */
  const ms = (day) => Date.parse(`${day}T00:00:00Z`);
  /** @param {number} at */
  const iso = (at) => new Date(at).toISOString().slice(0, 10);
  /** Monday 0. @param {number} at */
  const weekday = (at) => (new Date(at).getUTCDay() + 6) % 7;

  /** Number of the ISO week. @param {number} at */
  function week(at) {
    const thursday = at + (3 - weekday(at)) * DAY_MS;
    return 1 + Math.floor((thursday - Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1)) / (7 * DAY_MS));
  }

  /** First and last day of the period of a day. @param {string} day @param {string} cadence @returns {[number, number]} */
  function period(day, cadence) {
    const at = ms(day);
    if (cadence === "daily") return [at, at];
    if (cadence === "weekly") return [at - weekday(at) * DAY_MS, at + (6 - weekday(at)) * DAY_MS];
    const date = new Date(at);
    return [Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1), Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)];
  }

  /** Shows the month of the chosen day. */
  function show() {
    const { order } = quanyu.briefingState;
    if (followed !== order.day) {
      followed = order.day;
      shown = order.day.slice(0, 7);
    }
    paint();
  }

  function paint() {
    const { dom, words, briefingState } = quanyu;
    const { order } = briefingState;
    const [first, last] = period(order.day, order.cadence);
    const focused = root.contains(document.activeElement) ? document.activeElement.dataset.day || document.activeElement.dataset.turn : "";
    const begin = ms(`${shown}-01`) - weekday(ms(`${shown}-01`)) * DAY_MS;
    const [year, month] = shown.split("-");
    const head = dom.el("header", "bf-lh", [
      dom.el("h2", "", words.t("brief.cadence")),
      dom.el("span", "bf-turn", [turn("‹", -1, "earlier"), dom.el("b", "", words.t("brief.month", { year, month: words.t(`month.${month}`) })), turn("›", 1, "later")]),
    ]);
    const cells = [dom.el("span", "h", words.t("brief.week"))];
    for (let n = 1; n <= 7; n += 1) cells.push(dom.el("span", "h", words.t(`brief.day_${n}`)));
    for (let row = 0; row < 6; row += 1) {
      const monday = begin + row * 7 * DAY_MS;
      if (row > 3 && iso(monday).slice(0, 7) > shown) break;
      cells.push(dom.el("span", first <= monday && monday <= last ? "w on" : "w", String(week(monday))));
      for (let n = 0; n < 7; n += 1) cells.push(cell(monday + n * DAY_MS, first, last));
    }
    const grid = dom.el("div", "bf-cal", cells);
    grid.setAttribute("role", "group");
    grid.setAttribute("aria-label", words.t("brief.calendar"));
    root.replaceChildren(head, grid);
    if (focused) root.querySelector(`[data-day="${focused}"], [data-turn="${focused}"]`)?.focus();
  }

  /** @param {number} at @param {number} first @param {number} last */
  function cell(at, first, last) {
    const day = iso(at);
    const on = first <= at && at <= last;
    const ends = on ? (at === first || weekday(at) === 0 ? " e0" : "") + (at === last || weekday(at) === 6 ? " e1" : "") : "";
    const name = `${on ? "on" : ""}${ends}${day.slice(0, 7) === shown ? "" : " dim"}${day === today ? " td" : ""}`;
    const button = quanyu.dom.el("button", name, String(Number(day.slice(8))));
    Object.assign(button, { type: "button", disabled: day > today, tabIndex: day === quanyu.briefingState.order.day ? 0 : -1 });
    button.dataset.day = day;
    button.setAttribute("aria-label", day);
    button.setAttribute("aria-pressed", String(on));
    button.addEventListener("click", () => quanyu.briefingState.set({ day }));
    return button;
  }

  /** @param {string} sign @param {number} by @param {string} label */
  function turn(sign, by, label) {
    const button = quanyu.dom.el("button", "bf-turner", sign);
    button.type = "button";
    button.dataset.turn = String(by);
    button.setAttribute("aria-label", quanyu.words.t(`brief.${label}`));
    button.addEventListener("click", () => {
      const [year, month] = shown.split("-").map(Number);
      shown = iso(Date.UTC(year, month - 1 + by, 1)).slice(0, 7);
      paint();
    });
    return button;
  }

  /** Arrow keys walk from day to day. @param {KeyboardEvent} event */
  function arrows(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    const day = /** @type {HTMLElement} */ (event.target).dataset?.day;
    if (!step || !day) return;
    event.preventDefault();
    const next = iso(ms(day) + step * DAY_MS);
    if (next > today) return;
    if (!root.querySelector(`[data-day="${next}"]`)) {
      shown = next.slice(0, 7);
      paint();
    }
    root.querySelector(`[data-day="${next}"]`)?.focus();
  }

  quanyu.briefingCalendar = { start, show, period, week };
})((globalThis.quanyu = globalThis.quanyu || {}));
