/**
 * How old the newest fact of each feed is, and when that is too old. Pure.
 *
 * A feed has a limit of its own, but a feed of rare facts may be silent for longer by mere chance: it is late only
 * when its silence is also several times its usual pause of today.
 */
(function (quanyu) {
  "use strict";

  const LIMITS_MS = { event: 60000, position: 180000, hotline: 300000, sensor: 120000 };
  /** Chance leaves a gap of five usual pauses once in 150 gaps. */
  const PAUSES = 5;
  const LONGEST_MS = 6 * 3600000;
  const DAY_MS = 86400000;

  /** How many facts of a feed came today; null where that is not counted. */
  function facts(feed, counts) {
    if (feed === "position") return null;
    if (feed !== "event") return counts["source." + feed] || 0;
    return Object.keys(counts).reduce((sum, key) => sum + (key.startsWith("passed.") ? counts[key] : 0), counts.reported || 0);
  }

  /** Time since local midnight, ms. */
  function elapsed(now) {
    const { hour, minute, second } = quanyu.clock.local(now);
    return Math.max(60000, ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000);
  }

  /** The silence after which a feed is late, ms. @param {string} feed @param {?Object} counts of the whole view */
  function limit(feed, counts, now) {
    const own = LIMITS_MS[feed];
    if (!counts) return feed === "position" ? own : DAY_MS;
    const count = facts(feed, counts);
    if (count === null) return own;
    const usual = count > 0 ? (PAUSES * elapsed(now)) / count : LONGEST_MS;
    return Math.max(own, Math.min(usual, LONGEST_MS));
  }

  /**
   * @param {?Object} state @param {number} now ms
   * @returns {Object<string, {age_ms: ?number, stale: boolean}>} null age: nothing is known of the feed
   */
  function ages(state, now) {
    const counts = state && state.counts ? quanyu.figures.rootCounts(state) : null;
    const found = {};
    for (const feed in LIMITS_MS) {
      let at = state && state.feeds[feed];
      if (at && feed === "event" && state.changed_ms) at = Math.max(at, state.changed_ms);
      const age_ms = at ? Math.max(0, now - at) : null;
      found[feed] = { age_ms, stale: age_ms !== null && age_ms > limit(feed, counts, now) };
    }
    return found;
  }

  quanyu.feeds = { ages, limit };
})((globalThis.quanyu = globalThis.quanyu || {}));
