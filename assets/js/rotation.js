/** Which view of the wall is shown when: one alone, in turn, or held by an alert, an emergency or a hand. Pure. */
(function (quanyu) {
  "use strict";

  const VIEWS = ["wall", "streets", "pressing"];
  const IN_TURN = "rotation";
  const EVERY_S = 30;
  const HOLD_S = 300;

  /**
   * @typedef {Object} Turn
   * @property {string} view one of the views
   * @property {number} since_ms when it came, or when it was last held
   * @property {string} why what holds it: "emergency", "alert", "hand"; "" where nothing does
   */

  /** @param {number} now_ms @returns {Turn} */
  function begin(now_ms) {
    return { view: VIEWS[0], since_ms: now_ms, why: "" };
  }

  /**
   * The turn after some time. A red alert and an emergency bring the map, where both the place and the list of alerts
   * are; a view that was held gets its full time again afterwards. `idle`: views with nothing to show, which the turn
   * leaves out.
   * @param {Turn} turn
   * @param {{layout: string, now_ms: number, every_s?: number, red: boolean, emergency: boolean, resting: boolean, idle?: string[]}} at
   * @returns {Turn}
   */
  function step(turn, at) {
    const show = (view, why) => ({ view, why, since_ms: why || view !== turn.view ? at.now_ms : turn.since_ms });
    if (at.layout !== IN_TURN) return show(VIEWS.includes(at.layout) ? at.layout : VIEWS[0], "");
    if (at.emergency) return show(VIEWS[0], "emergency");
    if (at.red) return show(VIEWS[0], "alert");
    if (at.resting) return show(turn.view, "hand");
    const over = at.now_ms - turn.since_ms >= (at.every_s || EVERY_S) * 1000 || (at.idle || []).includes(turn.view);
    return show(over ? next(turn.view, at.idle) : turn.view, "");
  }

  /** The views that take turns, in their order. @param {string[]} [idle] */
  function turning(idle) {
    return VIEWS.filter((view) => !(idle || []).includes(view));
  }

  function next(view, idle) {
    const place = VIEWS.indexOf(view) + 1;
    const left = turning(idle);
    return [...VIEWS.slice(place), ...VIEWS.slice(0, place)].find((one) => left.includes(one));
  }

  /**
   * Since when alerts of level 1 are known, by id. Of those that were there when the page came, the time of their last
   * change counts.
   * @param {?Map<number, number>} known null at first @param {EventRecord[]} alerts @param {number} now_ms
   * @returns {Map<number, number>}
   */
  function reds(known, alerts, now_ms) {
    const found = alerts.filter((record) => record.al === 1);
    return new Map(found.map((record) => [record.id, known ? known.get(record.id) ?? now_ms : record.u]));
  }

  /** Whether one of them is so new that everybody must see it. @param {Map<number, number>} known @param {number} now_ms @param {number} [hold_s] */
  function fresh(known, now_ms, hold_s) {
    return [...known.values()].some((since) => now_ms - since < (hold_s || HOLD_S) * 1000);
  }

  quanyu.rotation = { VIEWS, IN_TURN, begin, step, turning, reds, fresh };
})((globalThis.quanyu = globalThis.quanyu || {}));
