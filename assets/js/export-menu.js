/**
 * The menu of each panel that says in which forms it can be taken away. Owns what is open, and the buttons of panels
 * whose headings scripts make; other buttons come with the page.
 */
(function (quanyu) {
  "use strict";

  const TABLE = ["csv", "xlsx"];
  const PICTURE = ["copy", "png", "svg"];
  /** Panels of events, whose texts and names go along only where somebody wants them. */
  const PERSONAL = new Set(["events", "papers"]);
  const ALL = [...PICTURE, ...TABLE];
  /** @typedef {{at: string, panel: string, title: string, forms: string[], head: string}} Exported at: where it is, head: where its button goes, "" where it comes with the page */
  /** @type {Exported[]} */
  const PANELS = [
    { at: "#desk-kpis", panel: "figures", title: "export.figures", forms: ALL, head: ".dk-tools" },
    { at: "#desk-map", panel: "map", title: "deskmap.title", forms: [...PICTURE, "geojson", ...TABLE], head: "header" },
    { at: "#desk-trends", panel: "trends", title: "desk.trends", forms: ALL, head: "header" },
    { at: "#desk-ranking", panel: "ranking", title: "desk.ranking", forms: ALL, head: "header" },
    { at: "#desk-crew", panel: "crew", title: "desk.crew", forms: ALL, head: "header" },
    { at: "#desk-table", panel: "events", title: "table.title", forms: ALL, head: "header" },
    { at: ".sv-list", panel: "papers", title: "ledger.list", forms: TABLE, head: "" },
    { at: ".sv-drafts", panel: "drafts", title: "ledger.drafts", forms: ALL, head: "" },
    { at: ".sv-watch", panel: "watch", title: "ledger.watch", forms: ALL, head: "" },
    { at: ".wk-place", panel: "place", title: "worker.map_name", forms: PICTURE, head: "" },
    { at: ".wk-stops-panel", panel: "stops", title: "worker.stops", forms: ALL, head: "" },
    { at: ".wk-events-panel", panel: "handled", title: "worker.events", forms: ALL, head: "" },
    { at: ".wk-time", panel: "course", title: "worker.hours", forms: PICTURE, head: "" },
    { at: ".case-page", panel: "event", title: "one.drawer", forms: ALL, head: "" },
    { at: "#wall-kpis", panel: "kpis", title: "kpi.strip", forms: ALL, head: "#wall-kpis" },
    { at: "#wall-map-panel", panel: "loads", title: "map.title", forms: ALL, head: "header" },
    { at: ".wall .pipe", panel: "pipeline", title: "pipe.title", forms: ALL, head: "header" },
    { at: ".wall .src", panel: "sources", title: "source.title", forms: ALL, head: "header" },
    { at: ".wall .cat", panel: "categories", title: "cat.title", forms: ALL, head: "header" },
    { at: ".wall .trd", panel: "rates", title: "trend.title", forms: ALL, head: "header" },
    { at: ".wall .rank", panel: "streets", title: "rank.title", forms: ALL, head: "header" },
    { at: ".wall .tick", panel: "news", title: "tick.title", forms: ALL, head: "header" },
    { at: ".wall .alr", panel: "alerts", title: "alert.title", forms: ALL, head: "header" },
    { at: ".wall .act", panel: "activities", title: "act.title", forms: ALL, head: "header" },
    { at: "#wall-view-streets", panel: "standings", title: "streets.title", forms: ALL, head: "header" },
    { at: "#wall-view-pressing", panel: "pressing", title: "pressing.title", forms: ALL, head: "header" },
  ];
  /** @type {?{files: boolean, personal?: boolean}} */
  let may = null;
  /** @type {?HTMLElement} */
  let open = null;

  /** Gives panels their buttons, or those that they have their names anew. @param {{files: boolean, personal?: boolean}} [given] */
  function dress(given) {
    may = given || may;
    if (!may?.files) return;
    for (const one of PANELS) {
      const node = one.head && document.querySelector(one.at);
      if (!node) continue;
      const head = one.head === "header" ? node.querySelector(":scope > header") : document.querySelector(one.head);
      const known = /** @type {?HTMLElement} */ (head?.querySelector(":scope > .ex-open"));
      if (known) name(known, one);
      else head?.append(button(one));
    }
  }

  /** @param {Exported} one */
  function button(one) {
    const node = quanyu.dom.el("button", one.head === ".dk-tools" ? "btn icon ex-open" : "ex-open", "\u22ef");
    Object.assign(node, { type: "button" });
    for (const [key, value] of [["aria-haspopup", "menu"], ["aria-expanded", "false"], ["data-no-picture", ""], ["data-export", one.panel]]) node.setAttribute(key, value);
    if (may.personal) node.dataset.personal = "1";
    return name(node, one);
  }

  /** @param {HTMLElement} node @param {Exported} one */
  function name(node, one) {
    node.title = quanyu.words.t("export.menu", { name: quanyu.words.t(one.title) });
    node.setAttribute("aria-label", node.title);
    return node;
  }

  /** @param {HTMLElement} by @param {Exported} one */
  function show(by, one) {
    shut();
    const { el } = quanyu.dom;
    const list = el("div", "ex-menu");
    list.setAttribute("role", "menu");
    const personal = PERSONAL.has(one.panel) && by.dataset.personal ? wish() : null;
    for (const form of one.forms) {
      const item = el("button", "", quanyu.words.t(`export.${form}`));
      item.type = "button";
      item.dataset.form = form;
      item.setAttribute("role", "menuitem");
      item.addEventListener("click", () => run(by, one, form, personal?.box.checked));
      list.append(item);
    }
    if (personal) list.append(personal.label);
    list.addEventListener("keydown", keys);
    document.body.append(list);
    place(list, by);
    by.setAttribute("aria-expanded", "true");
    open = by;
    list.querySelector("button").focus();
  }

  /** Whether addresses, texts and names go along. */
  function wish() {
    const box = Object.assign(document.createElement("input"), { type: "checkbox" });
    return { box, label: quanyu.dom.el("label", "ex-wish", [box, quanyu.words.t("export.personal")]) };
  }

  function place(list, by) {
    const box = by.getBoundingClientRect();
    const own = list.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.right - own.width, innerWidth - own.width - 8));
    const below = box.bottom + 4 + own.height <= innerHeight ? box.bottom + 4 : Math.max(8, box.top - 4 - own.height);
    quanyu.dom.style(list, "left", `${left}px`);
    quanyu.dom.style(list, "top", `${below}px`);
  }

  function shut(back) {
    document.querySelector(".ex-menu")?.remove();
    open?.setAttribute("aria-expanded", "false");
    if (back) open?.focus();
    open = null;
  }

  /** @param {KeyboardEvent} event */
  function keys(event) {
    const items = [...event.currentTarget.querySelectorAll("button, input")];
    const at = items.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") {
      event.stopPropagation();
      if (event.key === "Escape") event.preventDefault();
      shut(true);
    } else if (step) {
      event.preventDefault();
      items[(at + step + items.length) % items.length].focus();
    }
  }

  async function run(by, one, form, personal) {
    shut(true);
    const { t } = quanyu.words;
    const node = /** @type {HTMLElement} */ (document.querySelector(one.at));
    const note = quanyu.notice.hold(t("export.working"));
    by.setAttribute("aria-busy", "true");
    try {
      note.end(await quanyu.exportFiles.take(node, one.panel, form, note.say, personal ? { personal: "1" } : {}), "ok");
    } catch (error) {
      note.end(t("export.failed", { reason: error.message }), "bad");
    } finally {
      by.removeAttribute("aria-busy");
    }
  }

  document.addEventListener("pointerdown", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (open && !target.closest(".ex-menu") && !open.contains(target)) shut();
  });
  document.addEventListener("click", (event) => {
    const by = /** @type {?HTMLElement} */ (/** @type {Element} */ (event.target).closest?.("[data-export]"));
    if (!by) return;
    if (open === by) shut();
    else show(by, PANELS.find(({ panel }) => panel === by.dataset.export));
  });
  window.addEventListener("resize", () => shut());

  quanyu.exportMenu = { dress };
})((globalThis.quanyu = globalThis.quanyu || {}));
