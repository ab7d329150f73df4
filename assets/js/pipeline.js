/** The closed loop: events in each stage, the overdue part, and what passed today. */
(function (quanyu) {
  "use strict";

  const FULL = 95.2;
  let body;
  let heads;
  let view_rows = [];

  function mount(root) {
    const { el } = quanyu.dom;
    heads = ["pipe.in_stage", "pipe.overdue", "pipe.passed"].map(() => el("span"));
    heads[0].className = "pc";
    heads[1].className = "po";
    heads[2].className = "pf";
    body = el("div", "pbody");
    root.replaceChildren(el("div", "pr ph", [el("span"), el("span"), ...heads]), body);
    view_rows = [];
  }

  function build() {
    const { el, glyph } = quanyu.dom;
    const number = el("i");
    const name = el("span", "ell");
    const fill = el("i");
    const late = el("em");
    const note = el("span", "pnote");
    const count = el("span", "pc");
    const mark = glyph("bad");
    const overdue = el("span");
    const passed = el("span", "pf");
    const node = el("div", "pr", [
      el("span", "pn", [number, name]), el("span", "pb", [fill, late, note]), count, el("span", "po", [mark, overdue]), passed,
    ]);
    return { node, number, name, fill, late, note, count, mark, overdue, passed };
  }

  /** Rows of the loop: {key, name, open, count, late, passed}; stages after the closing one hold closed events. */
  function stages(state, counts) {
    const { stages: all, closing } = state.workflow;
    const last = all.findIndex((stage) => stage.key === closing);
    return all.map((stage, i) => ({
      key: stage.key,
      name: quanyu.words.name(stage.zh, stage.en),
      open: i <= last,
      count: i <= last ? counts["stage." + stage.key] || 0 : counts.evaluating || 0,
      late: i <= last ? counts["late." + stage.key] || 0 : 0,
      passed: counts["passed." + stage.key] || 0,
    }));
  }

  function paintRow(row, stage, place, most) {
    const { dom, format, words } = quanyu;
    dom.cls(row.node, "pr" + (stage.open ? "" : " last"));
    row.node.dataset.stage = stage.key;
    dom.text(row.number, String(place + 1));
    dom.text(row.name, stage.name);
    row.fill.hidden = !stage.open || stage.count === 0;
    row.late.hidden = !stage.open || stage.late === 0;
    dom.style(row.fill, "width", `${((Math.max(0, stage.count - stage.late) / most) * FULL).toFixed(1)}%`);
    dom.style(row.late, "width", `${((stage.late / most) * FULL).toFixed(1)}%`);
    dom.text(row.note, stage.open ? "" : words.t("pipe.not_open"));
    dom.text(row.count, format.count(stage.count));
    row.mark.hidden = stage.late === 0;
    dom.text(row.overdue, format.count(stage.late));
    dom.cls(row.overdue, stage.late ? "" : "z");
    dom.text(row.passed, format.count(stage.passed));
  }

  function paint(view, what) {
    if (!what.all && !what.root) return;
    const list = stages(view.state, view.counts);
    while (view_rows.length > list.length) view_rows.pop().node.remove();
    while (view_rows.length < list.length) {
      const row = build();
      view_rows.push(row);
      body.append(row.node);
    }
    ["pipe.in_stage", "pipe.overdue", "pipe.passed"].forEach((key, i) => quanyu.dom.text(heads[i], quanyu.words.t(key)));
    const most = Math.max(1, ...list.filter((stage) => stage.open).map((stage) => stage.count));
    list.forEach((stage, i) => paintRow(view_rows[i], stage, i, most));
  }

  quanyu.panels = quanyu.panels || {};
  quanyu.panels.pipeline = { mount, paint, stages };
})((globalThis.quanyu = globalThis.quanyu || {}));
