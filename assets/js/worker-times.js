/** Times of a worker's day as text, by the district's clock. Pure. */
(function (quanyu) {
  "use strict";

  const MINUTE_MS = 60000;
  const HOUR_MS = 3600000;

  /** "14:32". @param {number} ms */
  const short = (ms) => quanyu.clock.time(ms).slice(0, 5);

  /** "12 分", "1 时 52 分". @param {number} seconds */
  function span(seconds) {
    const ms = Math.max(0, seconds) * 1000;
    return ms < HOUR_MS ? quanyu.words.t("fmt.minutes", { m: Math.floor(ms / MINUTE_MS) }) : quanyu.format.duration(ms);
  }

  /** The local midnight that a day begins with, ms. @param {string} day "2026-11-20" */
  function midnight(day) {
    const guess = Date.parse(`${day}T00:00:00Z`);
    const p = quanyu.clock.local(guess);
    const shown = Date.parse(`${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}:${p.second}Z`);
    return guess - (shown - guess);
  }

  /** A moment of a day as "14:32:08"; past midnight the hours go on. @param {string} day @param {number} ms */
  function clockOf(day, ms) {
    const s = Math.max(0, Math.round((ms - midnight(day)) / 1000));
    return [Math.floor(s / 3600), Math.floor((s % 3600) / 60), s % 60].map((one) => String(one).padStart(2, "0")).join(":");
  }

  /** The moment of such a text, NaN where it is none. @param {string} day @param {?string} text */
  function momentOf(day, text) {
    const found = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text || "");
    return found ? midnight(day) + (Number(found[1]) * 3600 + Number(found[2]) * 60 + Number(found[3] || 0)) * 1000 : NaN;
  }

  /** A day some days away. @param {string} day @param {number} days */
  const shifted = (day, days) => new Date(Date.parse(`${day}T00:00:00Z`) + days * 24 * HOUR_MS).toISOString().slice(0, 10);

  /** "2026-11-20 周五". @param {string} day */
  function dayName(day) {
    const { t, lang } = quanyu.words;
    const at = new Date(`${day}T00:00:00Z`);
    const weekday = t(`weekday.${new Intl.DateTimeFormat("en-GB", { weekday: "short", timeZone: "UTC" }).format(at)}`);
    const [year, month, date] = day.split("-");
    return t("worker.day", { weekday, date: lang === "en" ? `${Number(date)} ${t(`month.${month}`)} ${year}` : day });
  }

  quanyu.workerTimes = { short, span, midnight, clockOf, momentOf, shifted, dayName };
})((globalThis.quanyu = globalThis.quanyu || {}));
