/**
 * What the stream says about the region of a desk page: hands events and counters on to the page's scripts, and nudges
 * the server's parts to be read again, seldom and not all pages at once. Keeps nothing itself.
 *
 * `document` hears `quanyu:events` (a list of event records), `quanyu:counts` ({code: counters}) and `quanyu:lost`
 * (frames were lost: read again). The stores `desk-nudge` and `desk-nudge-slow` hold {n, at}.
 */
(function (quanyu) {
  "use strict";

  const LEAST_MS = 2000;
  const SPREAD_MS = 600;
  /** Trends, ranking and workers are read less often than the figures. */
  const SLOW_MS = 8000;
  /** Changes that concern the page whatever region they name now. */
  const LEAVING = new Set(["moved", "gone", "void"]);

  /** @type {Map<number, EventRecord>} */
  let events = new Map();
  /** @type {Object<string, Counts>} */
  let counts = {};
  let scheduled = false;
  let nudged = 0;
  let timer = 0;
  let slowed = 0;
  let slowTimer = 0;
  let missed = false;
  let n = 0;
  let lastDay = "";
  let lastMinute = "";

  function tell(name, detail) {
    document.dispatchEvent(new CustomEvent(`quanyu:${name}`, { detail }));
  }

  function flush() {
    scheduled = false;
    const records = [...events.values()];
    const changed = counts;
    events = new Map();
    counts = {};
    if (records.length) tell("events", records);
    if (Object.keys(changed).length) tell("counts", changed);
  }

  /** Once a frame of the screen; hidden pages are painted less often, and so are told later. */
  function schedule() {
    if (scheduled) return;
    scheduled = true;
    (document.hidden ? (then) => setTimeout(then, 1000) : requestAnimationFrame)(flush);
  }

  const TAKE = {
    event(part) {
      const record = part.e;
      if (!record || !(quanyu.desk.holds(record.r) || LEAVING.has(record.why))) return false;
      const known = events.get(record.id);
      if (!known || known.v <= record.v) events.set(record.id, record);
      return true;
    },
    counts(part) {
      let mine = false;
      for (const code in part.c) {
        if (!quanyu.desk.holds(code)) continue;
        counts[code] = { ...counts[code], ...part.c[code] };
        mine = true;
      }
      return mine;
    },
  };

  /** @param {string} kind @param {Object[]} parts */
  function take(kind, parts) {
    if (kind === "reset") return lost();
    const taker = TAKE[kind];
    if (!taker) return;
    const mine = parts.map(taker).some(Boolean);
    if (!mine) return;
    schedule();
    nudge();
  }

  /** Frames are missing: everything is read again. */
  function lost() {
    tell("lost", null);
    nudge();
  }

  /**
   * The server's parts are read again: at most every 2 s, a little apart from other pages, and when somebody looks.
   * @param {boolean} [asked] somebody asks: at once, and for lists that are being read too
   */
  function nudge(asked) {
    if (document.hidden) {
      missed = true;
      return;
    }
    if (asked) {
      fire();
      fireSlow([]);
      return;
    }
    if (!timer) timer = setTimeout(fire, wait(nudged, LEAST_MS));
    if (!slowTimer) slowTimer = setTimeout(() => fireSlow(quanyu.deskPanels.touched()), wait(slowed, SLOW_MS));
  }

  /** How long until it may happen again, ms. @param {number} last @param {number} least */
  function wait(last, least) {
    return Math.max(0, last + least - Date.now()) + Math.random() * SPREAD_MS;
  }

  function fire() {
    clearTimeout(timer);
    timer = 0;
    nudged = Date.now();
    n += 1;
    globalThis.dash_clientside.set_props("desk-nudge", { data: { n, at: nudged } });
  }

  /** @param {string[]} touched lists that are left alone */
  function fireSlow(touched) {
    clearTimeout(slowTimer);
    slowTimer = 0;
    slowed = Date.now();
    globalThis.dash_clientside.set_props("desk-nudge-slow", { data: { n, at: slowed, touched } });
  }

  /** Time alone changes the last hour and, at midnight, every window: the figures are read again then. */
  function tick() {
    const now = quanyu.clock.local(quanyu.clock.now());
    const day = `${now.year}-${now.month}-${now.day}`;
    const minute = `${now.hour}:${now.minute}`;
    const sliding = quanyu.desk.query().window === "last_hour" && minute !== lastMinute;
    if ((lastDay && day !== lastDay) || (lastMinute && sliding)) nudge();
    lastDay = day;
    lastMinute = minute;
  }

  /** What the page came with is as old as the page; what happened since then is asked for when that is due. */
  function start() {
    let first = true;
    nudged = slowed = Date.now();
    quanyu.link.onFrame((kind, parts) => {
      take(kind, parts);
      if (first) nudge();
      first = false;
    });
    quanyu.clock.onSecond(tick);
    document.addEventListener("visibilitychange", () => {
      if (document.hidden || !missed) return;
      missed = false;
      nudge();
    });
  }

  quanyu.deskLive = { start, nudge, lost, take };
})((globalThis.quanyu = globalThis.quanyu || {}));
