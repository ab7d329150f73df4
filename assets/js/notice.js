/** A short word at the foot of the page that something was done; it goes by itself. */
(function (quanyu) {
  "use strict";

  const STAYS_MS = 6000;

  /** @param {string} text */
  function say(text) {
    let host = document.getElementById("notices");
    if (!host) {
      host = quanyu.dom.el("div", "notices");
      host.id = "notices";
      host.setAttribute("role", "status");
      document.body.append(host);
    }
    const line = quanyu.dom.el("div", "notice", [quanyu.dom.glyph("ok"), text]);
    host.append(line);
    setTimeout(() => line.remove(), STAYS_MS);
  }

  quanyu.notice = { say };
})((globalThis.quanyu = globalThis.quanyu || {}));
