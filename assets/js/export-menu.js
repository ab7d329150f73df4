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
  /** @typedef {{id: string, panel: string, title: string, forms: string[], head: string}} Exported */
  /** @type {Exported[]} */
  const PANELS = [
    { id: "desk-kpis", panel: "figures", title: "export.figures", forms: [...PICTURE, ...TABLE], head: ".dk-tools" },
    { id: "desk-map", panel: "map", title: "deskmap.title", forms: [...PICTURE, "geojson", ...TABLE], head: "header" },
    { id: "desk-trends", panel: "trends", title: "desk.trends", forms: [...PICTURE, ...TABLE], head: "header" },
    { id: "desk-ranking", panel: "ranking", title: "desk.ranking", forms: [...PICTURE, ...TABLE], head: "header" },
    { id: "desk-crew", panel: "crew", title: "desk.crew", forms: [...PICTURE, ...TABLE], head: "header" },
    { id: "desk-table", panel: "events", title: "table.title", forms: [...PICTURE, ...TABLE], head: "header" },
    { id: "supervision", panel: "papers", title: "ledger.list", forms: TABLE, head: "" },
  ];
  /** @type {?{files: boolean, personal: boolean}} */
  let may = null;
  /** @type {?HTMLElement} */
  let open = null;

  /** Gives panels their buttons; those that have one keep it. @param {{files: boolean, personal: boolean}} [given] */
  function dress(given) {
    may = given || may;
    if (!may?.files) return;
    for (const one of PANELS) {
      const node = document.getElementById(one.id);
      if (!one.head) continue;
      const head = one.head === "header" ? node?.querySelector(":scope > header") : document.querySelector(one.head);
      if (!node || !head || head.querySelector(":scope > .ex-open")) continue;
      head.append(button(one));
    }
  }

  /** @param {Exported} one */
  function button(one) {
    const { el } = quanyu.dom;
    const name = quanyu.words.t("export.menu", { name: quanyu.words.t(one.title) });
    const node = el("button", one.head === "header" ? "ex-open" : "btn icon ex-open", "\u22ef");
    Object.assign(node, { type: "button", title: name });
    for (const [key, value] of [["aria-label", name], ["aria-haspopup", "menu"], ["aria-expanded", "false"], ["data-no-picture", ""], ["data-export", one.panel]]) node.setAttribute(key, value);
    if (may.personal) node.dataset.personal = "1";
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
    const node = document.getElementById(one.id);
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
