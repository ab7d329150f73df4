/** The page of imports: puts its parts to work each time the server has laid it out. */
(function (quanyu) {
  "use strict";

  const PATH = "/admin/import";
  let listening = false;
  let renewed = 0;

  /** @param {?{id: number, stamp: string, moving: boolean, kept: Object}} shown @returns {string} */
  function show(shown) {
    if (!shown) return "";
    if (!shown.id && location.pathname !== PATH) window.history.replaceState(null, "", PATH);
    whenReady(() => {
      quanyu.imports.kept = shown.kept;
      quanyu.importUpload.mount(document.getElementById("import-drop"));
      quanyu.importForm.mount(document);
      quanyu.importProgress.follow(shown, renew);
      if (!listening) listen();
    });
    return shown.stamp;
  }

  /** Words come with the desk's own start, whose order among Dash's callbacks is not given. */
  function whenReady(begin) {
    const there = document.getElementById("import-drop") && quanyu.words.t("import.drop") !== "import.drop";
    if (there) begin();
    else window.requestAnimationFrame(() => whenReady(begin));
  }

  /** Has the server lay the page out anew. @param {string} stamp */
  function renew(stamp) {
    renewed += 1;
    window.dash_clientside.set_props("import-stamp", { data: `${stamp} ${renewed}` });
  }

  function listen() {
    listening = true;
    document.addEventListener("click", (event) => {
      const target = /** @type {Element} */ (event.target);
      const pressed = /** @type {HTMLElement|null} */ (target.closest("[data-ask]"));
      if (pressed && !pressed.hasAttribute("disabled")) quanyu.importForm.ask(pressed.dataset.ask);
      const toggle = target.closest("[data-switch]");
      if (toggle && !toggle.hasAttribute("disabled")) {
        const on = toggle.getAttribute("aria-checked") !== "true";
        toggle.setAttribute("aria-checked", String(on));
        changed();
      }
    });
    document.addEventListener("change", (event) => {
      const node = /** @type {HTMLElement} */ (event.target);
      if (node.dataset.option === "kind") quanyu.importForm.ask("show", { fields: null });
      else if (node.dataset.field || node.dataset.option || node.closest("[data-text]")) changed();
    });
  }

  /** What was checked is no longer what is chosen. */
  function changed() {
    const run = /** @type {HTMLButtonElement|null} */ (document.querySelector("[data-ask='import']"));
    const check = /** @type {HTMLButtonElement|null} */ (document.querySelector("[data-ask='check']"));
    if (!run || !check || check.disabled) return;
    run.disabled = true;
    run.className = "btn";
    check.className = "btn pri";
  }

  quanyu.imports = { show, kept: {} };
})((globalThis.quanyu = globalThis.quanyu || {}));
