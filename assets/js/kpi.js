/** The six KPI cards: value, delta against the same elapsed part of yesterday, sparkline. */
(function (quanyu) {
  "use strict";

  const CARDS = [
    { key: "reported", kind: "share", good: null, cumulative: true },
    { key: "open", kind: "share", good: "down" },
    { key: "on_time_due", kind: "rate", good: "up" },
    { key: "satisfaction", kind: "rate", good: "up" },
    { key: "overdue", kind: "count", good: "down", alert: true },
    { key: "on_duty", kind: "count", good: "up" },
  ];

  /** @type {Object[]} */
  let cards = [];

  function build(spec) {
    const { el, glyph } = quanyu.dom;
    const label = el("span", "kn");
    const arrow = quanyu.icons.arrow();
    const size = el("span");
    const unit = el("em");
    const delta = el("span", "dl", [arrow, size, unit]);
    const value = el("span", "num");
    const after = el("span");
    const spark = quanyu.spark.create();
    const note = el("span");
    const node = el("section", "kpi" + (spec.alert ? " alert" : ""), [
      el("div", "kl", spec.alert ? [glyph("bad"), label, delta] : [label, delta]),
      el("div", "kv", [value, after]),
      el("div", "ks", [spark.node, note]),
    ]);
    node.dataset.kpi = spec.key;
    return { spec, node, label, arrow, size, unit, delta, value, after, spark, note };
  }

  function mount(root) {
    cards = CARDS.map(build);
    root.replaceChildren(...cards.map((card) => card.node));
  }

  /** Value now and at the same moment of yesterday, as comparable numbers. */
  function values(card, counts, trend) {
    const { key, kind } = card.spec;
    const before = trend && trend.elapsed ? trend.elapsed[key] : undefined;
    if (kind !== "rate") return { now: counts[key] ?? null, before: before ?? null };
    const { n, d } = quanyu.figures.pair(counts, key);
    return { now: d > 0 ? (n * 100) / d : null, before: before === undefined ? null : quanyu.figures.point(before), n, d };
  }

  function tone(spec, way) {
    if (way === "flat" || spec.good === null) return "d-neu";
    if (way === spec.good) return "d-ok";
    return spec.alert ? "d-bad" : "d-warn";
  }

  function paintDelta(card, found) {
    const { dom, format, words } = quanyu;
    const { spec } = card;
    const delta = quanyu.figures.delta(found.now, found.before, spec.kind);
    dom.cls(card.delta, "dl " + (delta ? tone(spec, delta.way) : "d-none"));
    card.delta.hidden = !delta;
    if (!delta) return;
    const same = delta.way === "flat";
    card.arrow.style.display = same ? "none" : "";
    if (same) {
      dom.text(card.unit, "");
      return dom.text(card.size, words.t("kpi.same"));
    }
    quanyu.icons.turn(card.arrow, delta.way);
    dom.text(card.size, spec.kind === "count" ? format.count(delta.size) : delta.size.toFixed(1) + (spec.kind === "share" ? "%" : ""));
    dom.text(card.unit, spec.kind === "rate" ? words.t("unit.points") : "");
  }

  function paintValue(card, counts, found) {
    const { dom, format } = quanyu;
    const { key, kind } = card.spec;
    if (kind === "rate") {
      dom.text(card.value, format.rate(found.n, found.d));
      dom.text(card.after, found.d > 0 ? "%" : "");
      dom.cls(card.after, "u");
      card.node.title = `${format.count(found.n)} / ${format.count(found.d)}`;
      return;
    }
    dom.text(card.value, format.count(found.now));
    dom.cls(card.after, "of");
    dom.text(card.after, key === "on_duty" ? "/ " + format.count(counts.rostered ?? null) : "");
  }

  /** Large numbers get smaller digits, the largest the room of the sparkline. */
  function fit(card) {
    const length = card.value.textContent.length + card.after.textContent.length * 0.45;
    card.node.classList.toggle("long", length > 6.2);
    card.node.classList.toggle("longer", length > 8.6);
  }

  function paintNote(card, view, found) {
    const t = quanyu.words.t;
    const feed = card.spec.key === "on_duty" ? "position" : "event";
    const stale = view.lost || view.feeds[feed].stale;
    const until = !view.lost && feed === "position" ? view.until_position : view.until;
    card.node.classList.toggle("old", stale);
    let note = found.before === null ? t("kpi.no_yesterday") : t("kpi.versus");
    if (card.spec.kind === "rate" && !found.d) note = t(`kpi.none_${card.spec.key}`);
    quanyu.dom.text(card.note, stale ? t("state.until", { time: until }) : note);
  }

  function paint(view, what) {
    if (!what.all && !what.root && !what.trend && !what.status) return;
    const counts = view.counts;
    const trend = view.state.trends.get(view.root);
    const local = quanyu.clock.local(view.now);
    const at_hour = Number(local.hour) + Number(local.minute) / 60;
    for (const card of cards) {
      const { key, alert, cumulative } = card.spec;
      const found = values(card, counts, trend);
      quanyu.dom.text(card.label, quanyu.words.t(`kpi.${key}`));
      card.node.classList.toggle("calm", Boolean(alert) && !counts.overdue);
      paintValue(card, counts, found);
      fit(card);
      paintDelta(card, found);
      paintNote(card, view, found);
      if (what.all || what.trend) card.spark.draw(trend?.today?.[key], trend?.yesterday?.[key], Boolean(cumulative), at_hour);
    }
  }

  quanyu.panels = quanyu.panels || {};
  quanyu.panels.kpi = { mount, paint };
})((globalThis.quanyu = globalThis.quanyu || {}));
