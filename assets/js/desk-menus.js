/**
 * Menus of a region's page: filled when they are opened, one open at a time, what is chosen as their text, a field to
 * find something in a long one, and two moments of one's own choice.
 */
(function (quanyu) {
  "use strict";

  /** Parameters behind the menu whose text sums up several of them. */
  const MORE = ["severity", "state", "department", "drawn"];
  const FILTERS = ["source", "category", "stage", "severity", "department", "state", "late"];
  const FEW = 12;

  /** @type {Object<string, Object>} what each menu holds, as the server says */
  let held = {};
  /** @type {Map<string, string>} names of all choices by "field:value" */
  const names = new Map();

  function menus() {
    return document.querySelectorAll("details.menu");
  }

  /** Shuts all menus but one. @param {?Element} [but] */
  function shut(but) {
    for (const menu of menus()) if (menu !== but && menu.open) menu.open = false;
  }

  /** @param {string} field @param {function(string): string[]} valuesOf @returns {string[]} */
  function chosen(field, valuesOf) {
    const query = quanyu.desk.query();
    const fields = field === "more" ? MORE : [field];
    return fields.filter((one) => query[one]).flatMap((one) => valuesOf(one).map((value) => names.get(`${one}:${value}`) || value));
  }

  /** Texts and marks of all menus. @param {function(string): string[]} valuesOf */
  function paint(valuesOf) {
    const { words, dom, desk } = quanyu;
    for (const node of document.querySelectorAll("[data-shows]")) {
      const field = node.dataset.shows;
      const menu = node.closest(".menu");
      if (field === "window") {
        paintWindow(node, menu, valuesOf("window")[0]);
        continue;
      }
      const found = chosen(field, valuesOf);
      const some = found.length > 1 ? words.t("desk.some", { first: found[0], n: found.length }) : found[0];
      const usual = field === "compare" ? words.t(`compare.${desk.settings().compare || "yesterday"}`) : words.t("desk.all");
      dom.text(node, some || usual);
      menu.toggleAttribute("data-on", found.length > 0);
    }
    const clear = document.getElementById("desk-clear");
    const query = desk.query();
    if (clear) clear.hidden = !FILTERS.some((name) => query[name]);
  }

  function paintWindow(node, menu, value) {
    const { words, dom } = quanyu;
    const query = quanyu.desk.query();
    const named = names.get(`window:${value}`);
    menu.toggleAttribute("data-on", value === "custom" || !!named);
    const day = (text) => (text ? text.slice(5, 16).replace("T", " ") : "");
    const span = [day(query.from), day(query.to)].join(" \u2013 ").trim();
    dom.text(node, value === "custom" ? span : named || words.t("window.custom"));
  }

  /** Fills a menu once. @param {HTMLDetailsElement} menu */
  function fill(menu) {
    const what = held[menu.dataset.menu];
    const pop = menu.querySelector(".pop");
    if (!what || pop.childElementCount) return;
    const options = quanyu.dom.el("div", "opts");
    if (what.regions) options.append(...what.regions.map(([code, name]) => region(code, name, what.here)));
    else for (const group of what) options.append(...groupOf(group));
    const many = options.childElementCount > FEW;
    pop.append(...(many ? [finder(options)] : []), options);
    if (menu.dataset.menu === "window") pop.append(dates());
    quanyu.desk.view.paint();
  }

  function region(code, name, here) {
    const link = quanyu.dom.el("a", "opt", name);
    link.dataset.region = code;
    if (code === here) link.setAttribute("aria-current", "true");
    return link;
  }

  /** @param {{field: string, title: string, one: boolean, options: Array}} group @returns {Element[]} */
  function groupOf(group) {
    const { el } = quanyu.dom;
    const nodes = group.title ? [el("span", "opt-head", group.title)] : [];
    group.options.forEach(([value, name, depth], i) => {
      const option = el("button", `opt d${depth}${group.one ? " one" : ""}`, [el("i", "ck"), el("span", "", name)]);
      option.type = "button";
      Object.assign(option.dataset, { field: group.field, value });
      option.hidden = depth > 0;
      const row = el("div", "bough", option);
      row.hidden = depth > 0;
      row.dataset.depth = String(depth);
      if ((group.options[i + 1]?.[2] ?? 0) > depth) row.append(twig(row, name));
      option.hidden = false;
      nodes.push(row);
    });
    return nodes;
  }

  /** The button that shows what lies below an option. @param {HTMLElement} row @param {string} name */
  function twig(row, name) {
    const button = quanyu.dom.el("button", "twig");
    button.type = "button";
    button.setAttribute("aria-label", name);
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(open));
      for (const one of below(row)) {
        one.hidden = !open || Number(one.dataset.depth) > Number(row.dataset.depth) + 1;
        if (!open) one.querySelector(".twig")?.setAttribute("aria-expanded", "false");
      }
    });
    return button;
  }

  /** Rows below a row of the tree. @param {HTMLElement} row @returns {HTMLElement[]} */
  function below(row) {
    const found = [];
    for (let next = row.nextElementSibling; next && Number(next.dataset.depth) > Number(row.dataset.depth); next = next.nextElementSibling) found.push(next);
    return found;
  }

  /** A field that narrows a long list down. @param {HTMLElement} options */
  function finder(options) {
    const { el } = quanyu.dom;
    const input = document.createElement("input");
    input.type = "search";
    input.placeholder = quanyu.words.t("desk.find");
    input.setAttribute("aria-label", quanyu.words.t("desk.find"));
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      for (const row of options.children) {
        const deep = Number(row.dataset.depth || 0) > 0;
        row.hidden = wanted === "" ? deep : row.classList.contains("opt-head") || !row.textContent.toLowerCase().includes(wanted);
      }
      for (const button of options.querySelectorAll(".twig")) button.setAttribute("aria-expanded", "false");
    });
    return el("div", "find", input);
  }

  /** Two moments of one's own choice; whole minutes, in the district's time. @returns {HTMLElement} */
  function dates() {
    const { el, text } = quanyu.dom;
    const { t } = quanyu.words;
    const query = quanyu.desk.query();
    const fields = ["from", "to"].map((name) => {
      const input = document.createElement("input");
      input.type = "datetime-local";
      input.value = local(query[name]);
      const label = el("label", "", [el("span", "", t(`desk.${name}`)), input]);
      return { input, label };
    });
    const [from, to] = fields.map((field) => field.input);
    const bad = el("span", "bad");
    bad.setAttribute("role", "alert");
    const go = el("button", "btn sm", t("desk.apply"));
    go.type = "button";
    go.addEventListener("click", () => {
      const backwards = from.value && to.value && to.value <= from.value;
      text(bad, backwards ? t("desk.backwards") : "");
      if (backwards || (!from.value && !to.value)) return;
      quanyu.desk.go({ window: null, from: from.value || null, to: to.value || null });
      shut();
    });
    return el("div", "custom", [...fields.map((field) => field.label), bad, go]);
  }

  /** A day or a moment as a field holds it. @param {?string} text */
  function local(text) {
    if (!text) return "";
    return /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00` : text.slice(0, 16);
  }

  /** Up and down within an open menu, Escape shuts it and goes back to its button. */
  function move(event) {
    if (event.key === "Escape") {
      const open = [...menus()].find((one) => one.open);
      if (!open) return;
      open.open = false;
      open.querySelector("summary").focus();
      event.stopPropagation();
      return;
    }
    const menu = event.target.closest?.("details.menu");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!menu || !menu.open || !step || event.target.type === "datetime-local") return;
    const options = [...menu.querySelectorAll(".pop .opt, .pop .find input")].filter((one) => one.offsetParent);
    if (!options.length) return;
    event.preventDefault();
    const at = options.indexOf(document.activeElement);
    options[at < 0 ? 0 : (at + step + options.length) % options.length].focus();
  }

  /** @param {Object<string, Object>} menusHeld */
  function start(menusHeld) {
    held = menusHeld || {};
    for (const what of Object.values(held)) {
      if (!Array.isArray(what)) continue;
      for (const group of what) for (const [value, name] of group.options) names.set(`${group.field}:${value}`, name);
    }
    document.addEventListener("toggle", (event) => {
      if (event.target.matches?.("details.menu") && event.target.open) fill(event.target);
    }, true);
    document.addEventListener("click", (event) => {
      const menu = event.target.closest?.("details.menu");
      shut(menu);
      if (menu && event.target.closest(".opt.one")) menu.open = menu.dataset.menu === "more";
    });
    document.addEventListener("keydown", move, true);
    document.getElementById("desk-clear")?.addEventListener("click", () => {
      quanyu.desk.go(Object.fromEntries(FILTERS.map((name) => [name, null])));
    });
  }

  quanyu.deskMenus = { start, paint, shut };
})((globalThis.quanyu = globalThis.quanyu || {}));
