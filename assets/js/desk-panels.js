/** What panels of a region's page have in common: failing and asking again, and what is read just now. */
(function (quanyu) {
  "use strict";

  const LISTS = ["desk-ranking", "desk-crew"];

  /** Lists under the pointer, or with the focus inside: the stream leaves them alone. @returns {string[]} */
  function touched() {
    return LISTS.filter((id) => {
      const node = document.getElementById(id);
      return node && (node.matches(":hover") || node.contains(document.activeElement));
    });
  }

  /**
   * Shows why a panel has nothing, or takes that away again.
   * @param {HTMLElement} root @param {{failed?: string, denied?: boolean}} data @returns {boolean} whether it failed
   */
  function failed(root, data) {
    const { el, text } = quanyu.dom;
    let node = root.querySelector(":scope > .state.failed");
    root.classList.toggle("failed", !!data.failed);
    if (!data.failed) {
      if (node) node.remove();
      return false;
    }
    if (!node) {
      const again = Object.assign(el("button", "btn sm", quanyu.words.t("desk.again")), { type: "button" });
      again.dataset.again = "1";
      node = el("div", "state failed", [el("i", "st"), el("p"), again]);
      node.setAttribute("role", "status");
      root.append(node);
    }
    quanyu.dom.cls(node.firstElementChild, data.denied ? "st off" : "st warn");
    text(node.children[1], data.failed);
    node.children[2].hidden = !!data.denied;
    return true;
  }

  function start() {
    document.addEventListener("click", (event) => {
      if (event.target.closest?.("[data-again]")) quanyu.deskLive.nudge(true);
    });
  }

  quanyu.deskPanels = { start, touched, failed };
})((globalThis.quanyu = globalThis.quanyu || {}));
