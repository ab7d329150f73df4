/** Who reported today's events: one bar in parts, and the five sources with count and share. */
(function (quanyu) {
  "use strict";

  /** Each source is bound to its colour by name. */
  const COLOURS = { grid_worker: "--cat-1", hotline: "--cat-3", citizen_app: "--cat-8", sensor: "--cat-6", department: "--cat-7" };
  let items = [];

  function mount(root) {
    const { el, style } = quanyu.dom;
    const bar = el("div", "sbar");
    const grid = el("div", "sgrid");
    items = Object.keys(COLOURS).map((key) => {
      const part = el("i");
      const swatch = el("i");
      const [name, count, share] = [el("span", "sn"), el("b"), el("span", "sp")];
      for (const node of [part, swatch]) style(node, "background", `var(${COLOURS[key]})`);
      bar.append(part);
      const node = el("div", "si", [swatch, name, count, share]);
      node.dataset.source = key;
      grid.append(node);
      return { key, part, name, count, share };
    });
    root.replaceChildren(bar, grid);
  }

  function paint(view, what) {
    if (!what.all && !what.root) return;
    const { dom, format, words } = quanyu;
    const total = items.reduce((sum, item) => sum + (view.counts["source." + item.key] || 0), 0);
    for (const item of items) {
      const count = view.counts["source." + item.key] || 0;
      dom.text(item.name, words.t(`source.${item.key}`));
      dom.text(item.count, format.count(count));
      dom.text(item.share, total ? format.rate(count, total) + "%" : format.DASH);
      dom.style(item.part, "width", total ? `${((count * 100) / total).toFixed(2)}%` : "0");
      item.part.hidden = count === 0;
    }
  }

  quanyu.panels = quanyu.panels || {};
  quanyu.panels.sources = { mount, paint };
})((globalThis.quanyu = globalThis.quanyu || {}));
