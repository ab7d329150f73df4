/** The most reported top categories of today, with a tick where yesterday stood at the same time. */
(function (quanyu) {
  "use strict";

  const SHOWN = 5;
  let root;
  let built = [];

  function mount(node) {
    root = node;
    built = [];
    root.replaceChildren();
  }

  function build() {
    const { el } = quanyu.dom;
    const name = el("span", "cn ell");
    const fill = el("i");
    const tick = el("u");
    const count = el("b");
    const change = el("span", "cd");
    const node = el("div", "cr", [name, el("span", "cb", [fill, tick]), count, change]);
    return { node, name, fill, tick, count, change };
  }

  /** The five largest: {id, count, before} with yesterday's count at this time, null where unknown. */
  function top(state, counts, trend) {
    const before = (trend && trend.elapsed && trend.elapsed.category) || null;
    return [...state.categories.values()]
      .filter((category) => category.level === 1)
      .map(({ id }) => ({ id, count: counts["category." + id] || 0, before: before ? before[id] || 0 : null }))
      .sort((a, b) => b.count - a.count || (b.before || 0) - (a.before || 0) || a.id - b.id)
      .slice(0, SHOWN);
  }

  function paint(view, what) {
    if (!what.all && !what.root && !what.trend) return;
    const { dom, format } = quanyu;
    const list = top(view.state, view.counts, view.state.trends.get(view.root));
    while (built.length > list.length) built.pop().node.remove();
    while (built.length < list.length) {
      built.push(build());
      root.append(built[built.length - 1].node);
    }
    const most = Math.max(1, ...list.map((row) => Math.max(row.count, row.before || 0)));
    list.forEach((row, i) => {
      const shown = built[i];
      dom.text(shown.name, quanyu.figures.category(view.state, row.id));
      dom.style(shown.fill, "width", `${((row.count * 100) / most).toFixed(1)}%`);
      shown.tick.hidden = row.before === null;
      dom.style(shown.tick, "left", `${(((row.before || 0) * 100) / most).toFixed(1)}%`);
      dom.text(shown.count, format.count(row.count));
      dom.text(shown.change, row.before === null ? format.DASH : format.signed(row.count - row.before));
    });
  }

  quanyu.panels = quanyu.panels || {};
  quanyu.panels.categories = { mount, paint };
})((globalThis.quanyu = globalThis.quanyu || {}));
