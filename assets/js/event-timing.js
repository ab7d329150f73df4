/** How much time an event has left, as a shape and words. Pure; the words come from the catalogue. */
(function (quanyu) {
  "use strict";

  /**
   * @param {{state: string, due: ?number, warn: ?number, closed: ?number}} event times in ms
   * @param {number} now ms
   * @returns {{glyph: string, text: string}} glyph: ok, warn, bad, off
   */
  function of(event, now) {
    const { t } = quanyu.words;
    const { duration } = quanyu.format;
    if (event.state === "void") return { glyph: "off", text: t("one.void") };
    if (event.state === "closed") {
      const late = event.due !== null && event.closed !== null && event.closed > event.due;
      if (late) return { glyph: "bad", text: t("one.closed_late", { span: duration(event.closed - event.due) }) };
      return { glyph: "ok", text: t("one.closed") };
    }
    if (event.due === null) return { glyph: "off", text: t("one.no_limit") };
    if (event.due < now) return { glyph: "bad", text: t("one.overdue", { span: duration(now - event.due) }) };
    const soon = event.warn !== null && event.warn <= now;
    return { glyph: soon ? "warn" : "ok", text: t("one.left", { span: duration(event.due - now) }) };
  }

  /** Whether an event is red, yellow or neither. @param {string} glyph @returns {string} its text's class */
  function tone(glyph) {
    return glyph === "bad" || glyph === "warn" ? `c-${glyph}` : "t2";
  }

  quanyu.eventTiming = { of, tone };
})((globalThis.quanyu = globalThis.quanyu || {}));
