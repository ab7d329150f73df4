/** Somebody of the list of workers is followed on the desk's map; a field above the list finds them by name or grid. */
(function (quanyu) {
  "use strict";

  /** @type {?{code: string, name: string}} */
  let followed = null;
  let map = null;
  let follower = null;
  let wanted = "";

  /** Follows somebody, or no longer. @param {string} code @param {string} name */
  function toggle(code, name) {
    followed = followed && followed.code === code ? null : { code, name };
    if (followed && !quanyu.deskMapWorkers.wanted()) quanyu.deskMapWorkers.toggle();
    show();
    paint();
  }

  /** The page may have another map by now. */
  function show() {
    const now = quanyu.deskMap.leaflet;
    if (!now) return;
    if (now !== map) {
      if (follower) follower.remove();
      [map, follower] = [now, quanyu.workerFollow.create(now)];
    }
    follower.follow(followed);
  }

  function paint() {
    const { attr } = quanyu.dom;
    const { t } = quanyu.words;
    for (const button of document.querySelectorAll("#desk-crew [data-follow]")) {
      const row = button.closest("tr");
      const name = button.nextElementSibling.nextElementSibling.textContent;
      const on = Boolean(followed && followed.code === row.dataset.worker);
      attr(button, "aria-pressed", on ? "true" : "false");
      attr(button, "aria-label", t(on ? "worker.unfollow" : "worker.follow", { name }));
      attr(button, "title", button.getAttribute("aria-label"));
      row.hidden = Boolean(wanted) && !row.textContent.toLowerCase().includes(wanted) && !row.dataset.worker.toLowerCase().includes(wanted);
    }
  }

  /** A field for the head of the list. @returns {HTMLInputElement} */
  function field() {
    const made = Object.assign(quanyu.dom.el("input", "dk-find"), { type: "search", placeholder: quanyu.words.t("worker.find") });
    made.setAttribute("aria-label", quanyu.words.t("worker.find"));
    made.addEventListener("input", () => {
      wanted = made.value.trim().toLowerCase();
      paint();
    });
    return made;
  }

  document.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest?.("#desk-crew [data-follow]");
    if (button) toggle(button.closest("tr").dataset.worker, button.nextElementSibling.nextElementSibling.textContent);
  });
  document.addEventListener("quanyu:crew", () => followed && show());

  quanyu.deskMapFollow = { toggle, paint, field };
})((globalThis.quanyu = globalThis.quanyu || {}));
