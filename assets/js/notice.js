/** A short word at the foot of the page that something was done; it goes by itself. */
(function (quanyu) {
  "use strict";

  const STAYS_MS = 6000;

  /** Where short words stand. */
  function place() {
    let host = document.getElementById("notices");
    if (!host) {
      host = quanyu.dom.el("div", "notices");
      host.id = "notices";
      host.setAttribute("role", "status");
      document.body.append(host);
    }
    return host;
  }

  /** @param {string} text */
  function say(text) {
    hold(text).end(text, "ok");
  }

  /** A word about something under way, until it ends. @param {string} text */
  function hold(text) {
    const mark = quanyu.dom.glyph("off");
    const words = quanyu.dom.el("span", "", text);
    const line = quanyu.dom.el("div", "notice", [mark, words]);
    place().append(line);
    return {
      /** @param {string} now */
      say: (now) => quanyu.dom.text(words, now),
      /** @param {string} last @param {"ok"|"bad"} how */
      end(last, how) {
        quanyu.dom.text(words, last);
        quanyu.dom.cls(mark, `st ${how}`);
        setTimeout(() => line.remove(), STAYS_MS);
      },
    };
  }

  quanyu.notice = { say, hold };
})((globalThis.quanyu = globalThis.quanyu || {}));
