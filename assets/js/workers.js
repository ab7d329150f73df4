/** Who is out: the activities of workers on duty as one bar and five counts. */
(function (quanyu) {
  "use strict";

  const KINDS = [
    { key: "patrol", colour: "--accent", glyph: null },
    { key: "handling", colour: "--accent-strong", glyph: null },
    { key: "still", colour: "--warn", glyph: "warn" },
    { key: "off_grid", colour: "--bad", glyph: "bad" },
    { key: "offline", colour: "--line-control", glyph: "off" },
  ];
  let sub;
  let root;
  let items = [];

  function mount(node) {
    const { el, style, glyph } = quanyu.dom;
    root = node;
    sub = root.parentElement.querySelector("header .sub");
    const bar = el("div", "sbar");
    const grid = el("div", "ag");
    items = KINDS.map((kind) => {
      const part = el("i");
      style(part, "background", `var(${kind.colour})`);
      bar.append(part);
      const mark = kind.glyph ? glyph(kind.glyph) : el("i", "sq");
      if (!kind.glyph) style(mark, "background", `var(${kind.colour})`);
      const name = el("span");
      const count = el("b");
      const item = el("div", "ai", [el("span", "al", [mark, name]), count]);
      item.dataset.activity = kind.key;
      grid.append(item);
      return { key: kind.key, part, name, count };
    });
    root.replaceChildren(bar, grid);
  }

  function paint(view, what) {
    if (!what.all && !what.root && !what.status) return;
    const { dom, format, words } = quanyu;
    const total = items.reduce((sum, item) => sum + (view.counts[item.key] || 0), 0);
    const stale = view.feeds.position.stale && !view.lost;
    const on_duty = words.t("act.on_duty", { n: format.count(view.counts.on_duty ?? null) });
    dom.text(sub, stale ? `${on_duty} · ${words.t("state.until", { time: view.until_position })}` : on_duty);
    for (const item of items) {
      const count = view.counts[item.key] ?? null;
      dom.text(item.name, words.t(`act.${item.key}`));
      dom.text(item.count, format.count(count));
      dom.style(item.part, "width", total ? `${(((count || 0) * 100) / total).toFixed(2)}%` : "0");
      item.part.hidden = !count;
    }
    root.classList.toggle("old", view.feeds.position.stale);
  }

  quanyu.panels = quanyu.panels || {};
  quanyu.panels.workers = { mount, paint };
})((globalThis.quanyu = globalThis.quanyu || {}));
