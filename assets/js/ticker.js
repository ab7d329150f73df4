/**
 * What just happened. Rows swap at most every three seconds, at once where somebody acted; what came in between is
 * counted, never hidden.
 */
(function (quanyu) {
  "use strict";

  const SWAP_MS = 3000;
  const MOST = 50;
  /** What nobody should miss, and of it what a person did and waits to see. */
  const LOUD = new Set(["overdue", "escalated", "supervised", "reminded"]);
  const ACTED = new Set(["supervised", "reminded"]);
  let root;
  let sub;
  let burst;
  let built = [];
  let swapped = 0;
  let waiting = new Set();

  function mount(node) {
    root = node;
    sub = root.parentElement.querySelector("header .sub");
    burst = root.parentElement.querySelector("header .end");
    built = [];
    root.replaceChildren();
  }

  function build() {
    const { el } = quanyu.dom;
    const time = el("span", "et");
    const icon = el("span", "es");
    const text = el("span", "ex");
    const place = el("span", "ep");
    const stage = el("span", "eg ell");
    return { node: el("div", "er", [time, icon, text, place, stage]), time, icon, text, place, stage, source: "" };
  }

  /** How many rows fit into the panel's height. */
  function room() {
    const rem = quanyu.dom.scale() * 16;
    return Math.max(3, Math.min(MOST, Math.floor(root.clientHeight / (1.875 * rem))));
  }

  /** What the change was, in a word: the stage it entered, or how it ended. */
  function outcome(state, record) {
    const { words } = quanyu;
    if (record.state === "void") return words.t("event.void");
    if (LOUD.has(record.why)) return words.t(`event.${record.why}`);
    if (record.state === "closed") return words.t("event.closed");
    const stage = state.workflow.stages.find((one) => one.key === record.stage);
    return stage ? words.name(stage.zh, stage.en) : words.t("event.closed");
  }

  function paintRow(shown, state, record, fresh) {
    const { dom, clock, figures } = quanyu;
    dom.cls(shown.node, "er" + (fresh ? " new" : "") + (LOUD.has(record.why) ? " bad" : ""));
    shown.node.dataset.event = String(record.id);
    dom.text(shown.time, clock.time(record.u));
    if (shown.source !== record.src) {
      shown.source = record.src;
      shown.icon.replaceChildren(quanyu.icons.icon(record.src));
      dom.attr(shown.icon, "title", quanyu.words.t(`source.${record.src}`));
    }
    dom.text(shown.text, figures.category(state, record.cat));
    dom.text(shown.place, figures.place(state, record.r, false));
    dom.text(shown.stage, outcome(state, record));
  }

  /** "14 时起 66 件": what was reported since the last full hour. */
  function hourText(view) {
    const trend = view.state.trends.get(view.root);
    const hour = Number(quanyu.clock.local(view.now).hour);
    const series = trend && trend.today && trend.today.reported;
    const before = hour === 0 ? 0 : series && series[hour - 1];
    const reported = view.counts.reported;
    if (before === undefined || before === null || reported === undefined || reported < before) return "";
    return quanyu.words.t("tick.hour", { hour: String(hour).padStart(2, "0"), n: quanyu.format.count(reported - before) });
  }

  /** Whether somebody acted on one of these events. */
  function acted(state, news) {
    return [...news].some((id) => ACTED.has((state.events.get(id) || {}).why));
  }

  function paint(view, what) {
    const { dom, words, format } = quanyu;
    for (const id of what.news || []) waiting.add(id);
    if (what.all || what.root || what.trend) dom.text(sub, hourText(view));
    const due = Date.now() - swapped >= SWAP_MS || acted(view.state, what.news || []);
    if (!what.all && !(waiting.size && due)) return;
    const count = room();
    const newest = [...view.state.events.values()]
      .filter((record) => record.state !== "void" || record.why === "void")
      .sort((a, b) => b.u - a.u || b.id - a.id).slice(0, count);
    while (built.length > newest.length) built.pop().node.remove();
    while (built.length < newest.length) {
      built.push(build());
      root.append(built[built.length - 1].node);
    }
    newest.forEach((record, i) => paintRow(built[i], view.state, record, waiting.has(record.id)));
    const beyond = waiting.size - newest.filter((record) => waiting.has(record.id)).length;
    dom.text(burst, beyond > 0 ? words.t("tick.more", { n: format.count(beyond) }) : "");
    swapped = Date.now();
    waiting = new Set();
  }

  quanyu.panels = quanyu.panels || {};
  quanyu.panels.ticker = { mount, paint, outcome };
})((globalThis.quanyu = globalThis.quanyu || {}));
