/** The server's time in the page, and its parts in the district's time zone. Owns the offset and the seconds' tick. */
(function (quanyu) {
  "use strict";

  let offset_ms = 0;
  let samples = [];
  let zone = "Asia/Shanghai";
  let parts = formatter(zone);
  const listeners = new Set();
  const KEEP = 16;

  /** @param {string} timeZone */
  function formatter(timeZone) {
    return new Intl.DateTimeFormat("en-GB", {
      timeZone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit",
      hour: "2-digit", minute: "2-digit", second: "2-digit", weekday: "short",
    });
  }

  /** Takes the database's time. The largest of the last differences had the least delay. @param {number} server_ms */
  function sync(server_ms) {
    samples.push(server_ms - Date.now());
    if (samples.length > KEEP) samples = samples.slice(-KEEP);
    offset_ms = Math.max(...samples);
  }

  /** Forgets older samples: the server's or the page's clock jumped. @param {number} server_ms */
  function jump(server_ms) {
    samples = [];
    sync(server_ms);
  }

  /** Now by the database's clock, ms. @returns {number} */
  function now() {
    return Date.now() + offset_ms;
  }

  /** Sets the district's time zone. @param {string} timeZone */
  function setZone(timeZone) {
    if (timeZone === zone) return;
    zone = timeZone;
    parts = formatter(timeZone);
  }

  /** Local parts of an instant: {year, month, day, weekday, hour, minute, second} as text. @param {number} ms */
  function local(ms) {
    /** @type {Object<string, string>} */
    const found = {};
    for (const part of parts.formatToParts(ms)) found[part.type] = part.value;
    return found;
  }

  /** "14:32:08". @param {number} ms @returns {string} */
  function time(ms) {
    const p = local(ms);
    return `${p.hour}:${p.minute}:${p.second}`;
  }

  function tick() {
    for (const listener of listeners) listener();
    setTimeout(tick, 1000 - (now() % 1000) + 5);
  }

  quanyu.clock = {
    sync, jump, now, local, time, setZone,
    /** @param {function(): void} listener */
    onSecond: (listener) => listeners.add(listener),
    start: tick,
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
