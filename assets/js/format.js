/** Numbers, rates, durations and dates as text in both languages. Pure; words come from the catalogue. */
(function (quanyu) {
  "use strict";

  const MINUS = "\u2212";
  const DASH = "\u2014";
  const HOUR_MS = 3600000;
  const DAY_MS = 86400000;

  /** 1286 as "1,286"; nothing as a dash. @param {?number} value @returns {string} */
  function count(value) {
    if (value === null || value === undefined || Number.isNaN(value)) return DASH;
    const digits = String(Math.abs(Math.trunc(value))).replace(/\B(?=(\d{3})+$)/g, ",");
    return value < 0 ? MINUS + digits : digits;
  }

  /** A rate in percent, cut (not rounded) to one decimal; null for 0/0. @param {number} n @param {number} d */
  function percent(n, d) {
    return d > 0 ? Math.floor((n * 1000) / d) / 10 : null;
  }

  /** A rate as "96.4", without its unit; a dash for 0/0. @param {number} n @param {number} d @returns {string} */
  function rate(n, d) {
    const value = percent(n, d);
    return value === null ? DASH : value.toFixed(1);
  }

  /** A number with its sign: "+16", "−7", "0". @param {number} value @param {number} [decimals] */
  function signed(value, decimals) {
    const size = decimals ? Math.abs(value).toFixed(decimals) : count(Math.abs(value));
    if (Number(size.replace(/,/g, "")) === 0) return decimals ? (0).toFixed(decimals) : "0";
    return (value < 0 ? MINUS : "+") + size;
  }

  /** Cuts towards zero to one decimal. @param {number} value */
  function cut(value) {
    return Math.trunc(Math.round(value * 1e6) / 1e5) / 10;
  }

  /** A span as "26 时 14 分", in days from three days on. @param {number} ms @returns {string} */
  function duration(ms) {
    const t = quanyu.words.t;
    const span = Math.max(0, ms);
    if (span >= 3 * DAY_MS) {
      return t("fmt.days_hours", { d: Math.floor(span / DAY_MS), h: Math.floor((span % DAY_MS) / HOUR_MS) });
    }
    return t("fmt.hours_minutes", { h: Math.floor(span / HOUR_MS), m: Math.floor((span % HOUR_MS) / 60000) });
  }

  /** A short age as "4 秒", "6 分 12 秒", "3 时". @param {number} ms @returns {string} */
  function age(ms) {
    const t = quanyu.words.t;
    const s = Math.max(0, Math.floor(ms / 1000));
    if (s < 60) return t("fmt.seconds", { s });
    if (s < 600) return t("fmt.minutes_seconds", { m: Math.floor(s / 60), s: s % 60 });
    if (s < 7200) return t("fmt.minutes", { m: Math.floor(s / 60) });
    if (s < 2 * 86400) return t("fmt.hours", { h: Math.floor(s / 3600) });
    return t("fmt.days", { d: Math.floor(s / 86400) });
  }

  /** An age in its largest unit only: "4 秒", "6 分". @param {number} ms @returns {string} */
  function brief(ms) {
    return ms < 60000 || ms >= 600000 ? age(ms) : quanyu.words.t("fmt.minutes", { m: Math.floor(ms / 60000) });
  }

  quanyu.format = { MINUS, DASH, count, percent, rate, signed, cut, duration, age, brief };
})((globalThis.quanyu = globalThis.quanyu || {}));
