/** The figures of a region's page: cards painted in place, each opening on how its value is made. */
(function (quanyu) {
  "use strict";

  /** @type {Map<Element, Object>} parts of the cards */
  const made = new Map();

  /** @param {{cards: Object[], failed?: string}} data */
  function show(data) {
    const root = document.getElementById("desk-kpis");
    if (!data || !root) return;
    if (quanyu.deskPanels.failed(root, data)) return;
    for (const node of root.querySelectorAll(".wait, .state")) node.remove();
    const nodes = quanyu.dom.rows(root, data.cards.length, build);
    data.cards.forEach((card, i) => paint(nodes[i], card));
    quanyu.deskCourse.drawSparks();
  }

  function build() {
    const { el } = quanyu.dom;
    const parts = {
      label: el("span", "ell"), target: el("span", "tg"), value: el("b"), unit: el("span", "u"), spark: el("span", "sp"),
      glyph: el("i", "st"), verdict: el("span"), delta: el("span"), formula: el("p", "fm"), rows: el("dl"), notes: el("div"), ways: el("span", "seg sm"),
    };
    parts.line = el("span", "kv", [parts.value, parts.unit, parts.spark]);
    parts.said = el("span", "vd", [parts.glyph, parts.verdict]);
    parts.change = el("span", "dl", parts.delta);
    parts.spark.setAttribute("aria-hidden", "true");
    parts.ways.setAttribute("role", "group");
    const head = el("summary", "", [el("span", "kl", [parts.label, parts.target]), parts.line, el("span", "kn", [parts.said, parts.change])]);
    const node = el("details", "dk-kpi menu", [head, el("div", "pop why", [parts.ways, parts.formula, parts.rows, parts.notes])]);
    node.dataset.menu = "";
    made.set(node, parts);
    return node;
  }

  /** @param {HTMLElement} node @param {Object} card */
  function paint(node, card) {
    const { text, cls, attr } = quanyu.dom;
    const parts = made.get(node);
    node.dataset.kpi = card.key;
    parts.spark.dataset.spark = card.spark;
    text(parts.label, card.label);
    text(parts.target, card.target);
    text(parts.value, card.value);
    text(parts.unit, card.unit);
    cls(parts.line, `kv${card.loud ? " c-bad" : ""}${card.missing ? " t3" : ""}`);
    parts.glyph.hidden = !card.glyph;
    cls(parts.glyph, `st ${card.glyph}`);
    text(parts.verdict, card.verdict);
    parts.verdict.hidden = !card.verdict;
    parts.said.hidden = !card.verdict && !card.glyph;
    parts.said.parentElement.classList.toggle("one", !card.verdict);
    parts.change.hidden = !card.delta;
    text(parts.delta, card.delta ? card.delta.text : "");
    cls(parts.delta, card.delta && card.delta.good === false ? "d-bad" : "");
    attr(node.firstElementChild, "title", [card.verdict, card.delta ? card.delta.text : ""].filter(Boolean).join(" \u00b7 "));
    paintMaking(parts, card);
  }

  function paintMaking(parts, card) {
    const { el, text, rows } = quanyu.dom;
    text(parts.formula, card.making.formula);
    const nodes = rows(parts.rows, card.making.rows.length * 2, () => el(parts.rows.childElementCount % 2 ? "dd" : "dt"));
    card.making.rows.forEach(([name, said], i) => {
      text(nodes[2 * i], name);
      text(nodes[2 * i + 1], said);
    });
    const notes = rows(parts.notes, card.making.notes.length, () => el("p", "hint"));
    card.making.notes.forEach((note, i) => text(notes[i], note));
    const buttons = rows(parts.ways, card.ways.length, () => {
      const button = el("button");
      button.type = "button";
      return button;
    });
    parts.ways.hidden = card.ways.length === 0;
    card.ways.forEach(([value, name], i) => {
      text(buttons[i], name);
      Object.assign(buttons[i].dataset, { field: card.field, value });
      quanyu.dom.attr(buttons[i], "aria-pressed", quanyu.desk.values(card.field).includes(value) ? "true" : "false");
    });
  }

  /** All indicators in one list over the page. @param {{lines: Object[], versus: string, failed?: string}} data */
  function every(data) {
    const box = document.getElementById("desk-every-box");
    if (!data || !box) return;
    const { el } = quanyu.dom;
    const { t } = quanyu.words;
    const close = el("button", "btn sm", t("every.close"));
    close.type = "button";
    close.addEventListener("click", () => box.close());
    const head = el("header", "", [el("h2", "", t("desk.every")), el("span", "grow"), close]);
    const body = el("div", "body");
    body.tabIndex = 0;
    if (data.failed) body.append(el("p", "none", data.failed));
    else body.append(list(data));
    box.replaceChildren(el("section", "panel", [head, body]));
    if (!box.open) box.showModal();
  }

  function list(data) {
    const { el } = quanyu.dom;
    const { t } = quanyu.words;
    const names = [t("every.name"), t("every.value"), data.versus, t("every.target"), t("every.formula")];
    const head = el("tr", "", names.map((name) => Object.assign(el("th", "", name), { scope: "col" })));
    const lines = data.lines.map((line) => {
      const name = Object.assign(el("th", "", [...(line.glyph ? [quanyu.dom.glyph(line.glyph)] : []), line.name]), { scope: "row" });
      const cells = [el("td", "", line.value), el("td", "t2", line.before), el("td", "t2", line.target), el("td", "t2", line.formula)];
      const row = el("tr", "", [name, ...cells]);
      row.dataset.key = line.key;
      return row;
    });
    return el("table", "tb", [el("thead", "", head), el("tbody", "", lines)]);
  }

  quanyu.deskFigures = { show, every };
})((globalThis.quanyu = globalThis.quanyu || {}));
