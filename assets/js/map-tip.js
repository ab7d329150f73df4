/** The exact values of the grid under the pointer, beside it. */
(function (quanyu) {
  "use strict";

  let node;
  let name;
  let open;
  let late;

  function build(panel) {
    const { el } = quanyu.dom;
    name = el("b");
    open = el("span");
    late = el("span");
    node = el("div", "map-tip", [name, el("div", "", [open, late])]);
    node.hidden = true;
    panel.append(node);
  }

  /** @param {string} code */
  function show(code) {
    const state = quanyu.link.state;
    if (!node || !state) return;
    const { dom, words, format, figures } = quanyu;
    const counts = state.counts.get(code) || {};
    dom.text(name, figures.place(state, code, false));
    dom.text(open, words.t("map.tip_open", { n: format.count(counts.open ?? 0) }));
    dom.text(late, words.t("map.tip_overdue", { n: format.count(counts.overdue ?? 0) }));
    dom.cls(late, counts.overdue ? "c-bad" : "");
    node.dataset.code = code;
    node.hidden = false;
  }

  /** @param {{x: number, y: number}} point in the map's own pixels */
  function move(point) {
    if (!node || node.hidden) return;
    const box = node.parentElement.getBoundingClientRect();
    const map = node.parentElement.querySelector(".leaflet-container").getBoundingClientRect();
    const x = map.left - box.left + point.x + 16;
    const y = map.top - box.top + point.y + 16;
    node.style.left = `${Math.min(x, box.width - node.offsetWidth - 8)}px`;
    node.style.top = `${Math.min(y, box.height - node.offsetHeight - 8)}px`;
  }

  function hide() {
    if (node) node.hidden = true;
  }

  quanyu.mapTip = { build, show, move, hide };
})((globalThis.quanyu = globalThis.quanyu || {}));
