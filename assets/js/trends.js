/** Rates of events closed in time and of satisfaction: by hour against yesterday, or by day; Plotly, changed in place. */
(function (quanyu) {
  "use strict";

  const TURN_S = 30;
  const CHARTS = [
    { key: "on_time_due", id: "wall-trend-on-time" },
    { key: "satisfaction", id: "wall-trend-satisfaction" },
  ];
  let mode = "hour";
  let turn_at = 0;
  let heads = [];
  let buttons = {};
  const ruler = document.createElement("canvas").getContext("2d");
  /** @type {Object<string, string>} what each chart shows, to draw only what changed */
  let shown = {};

  function mount() {
    const { el } = quanyu.dom;
    heads = CHARTS.map(({ key, id }) => {
      const [name, value, unit, size] = [el("span", "trl"), el("b"), el("i"), el("span")];
      const arrow = quanyu.icons.arrow();
      const delta = el("span", "dl", [arrow, size]);
      const root = document.getElementById(id + "-head");
      root.replaceChildren(el("div", "trh", name), el("div", "trv", [value, unit, delta]));
      return { key, name, value, unit, arrow, size, delta };
    });
    for (const key of ["hour", "day"]) {
      buttons[key] = document.getElementById("wall-trend-" + key);
      buttons[key].addEventListener("click", () => choose(key, 4 * TURN_S));
    }
    turn_at = Date.now() + TURN_S * 1000;
  }

  /** Shows hours or days; after a click they alternate again only later. */
  function choose(wanted, for_s) {
    mode = wanted;
    turn_at = Date.now() + for_s * 1000;
    quanyu.wall.repaint();
  }

  function paintHead(head, view, trend) {
    const { dom, format, figures, words, icons } = quanyu;
    const { n, d } = figures.pair(view.counts, head.key);
    dom.text(head.name, words.t(`kpi.${head.key}`));
    dom.text(head.value, format.rate(n, d));
    dom.text(head.unit, d > 0 ? "%" : "");
    const before = trend && trend.elapsed ? figures.point(trend.elapsed[head.key]) : null;
    const delta = figures.delta(d > 0 ? (n * 100) / d : null, before, "rate");
    head.delta.hidden = !delta;
    if (!delta || delta.way === "flat") {
      head.delta.hidden = true;
      return;
    }
    dom.cls(head.delta, "dl " + (delta.way === "up" ? "d-ok" : "d-warn"));
    icons.turn(head.arrow, delta.way);
    dom.text(head.size, delta.size.toFixed(1));
  }

  /** Series of a chart: now and before as {x, y}, the ticks of the time axis. */
  function series(key, trend, view) {
    const { point } = quanyu.figures;
    const clean = (x, list) => {
      const kept = list.map((raw, i) => [x(i, list), point(raw)]).filter((pair) => pair[1] !== null);
      return { x: kept.map((pair) => pair[0]), y: kept.map((pair) => pair[1]) };
    };
    if (mode === "day") {
      const { dates = [], [key]: days = [] } = trend.days || {};
      const ticks = [0, Math.floor((dates.length - 1) / 2), dates.length - 1].filter((i, at, all) => i >= 0 && all.indexOf(i) === at);
      return { now: clean((i) => i, days), before: { x: [], y: [] }, range: [0, Math.max(1, dates.length - 1)], ticks, labels: ticks.map((i) => dates[i].slice(5)) };
    }
    const local = quanyu.clock.local(view.now);
    const hour = Number(local.hour) + Number(local.minute) / 60;
    const end = (i, list) => (list === trend.today?.[key] && i === list.length - 1 ? hour : i + 1);
    return {
      now: clean(end, trend.today?.[key] || []), before: clean(end, trend.yesterday?.[key] || []),
      range: [0, 24], ticks: [0, 6, 12, 18, 24], labels: ["00", "06", "12", "18", "24"],
    };
  }

  /** Whole percents around all values and the target; the first hours of a day swing and may be cut off. */
  function bounds(data, target) {
    const values = [...data.now.y.slice(-18), ...data.before.y.slice(4), target];
    const low = Math.floor(Math.max(0, Math.min(...values) - 0.2));
    const high = Math.ceil(Math.min(100, Math.max(...values) + 0.2));
    return [low, Math.max(high, low + 1)];
  }

  /**
   * The left end and the middle of the target's words, as parts of the plot from its lower left corner.
   * @param {{width: number, height: number}} plot in pixels @param {string} words @param {number} px of their type
   */
  function beside(data, low, high, target, plot, words, px) {
    const [from, to] = data.range;
    const down = (value) => plot.height * (1 - (value - low) / (high - low));
    const points = ({ x, y }) => x.map((at, i) => [(plot.width * (at - from)) / (to - from), down(y[i])]);
    ruler.font = `${px}px ${quanyu.dom.token("--font-ui")}`;
    const size = { width: ruler.measureText(words).width + px * 0.25, height: px * 1.25 };
    const found = quanyu.targetLabel.place({ ...plot, target: down(target), lines: [points(data.before), points(data.now)] }, size);
    return { x: found.x / plot.width, y: 1 - (found.y + size.height / 2) / plot.height };
  }

  function layout(data, low, high, target, box) {
    const unit = quanyu.dom.scale();
    const px = 16 * unit;
    const words = quanyu.words.t("trend.target", { n: String(Math.round(target * 10) / 10) });
    const plot = { width: Math.max(1, box.clientWidth - 48 * unit), height: Math.max(1, box.clientHeight - 36 * unit) };
    const at = beside(data, low, high, target, plot, words, px);
    return {
      "font.size": px,
      margin: { l: 34 * unit, r: 14 * unit, t: 12 * unit, b: 24 * unit, pad: 0 },
      "xaxis.range": data.range, "xaxis.tickvals": data.ticks, "xaxis.ticktext": data.labels,
      "xaxis.tickfont.size": px, "yaxis.tickfont.size": px,
      "yaxis.range": [low, high], "yaxis.tickvals": [low, high],
      "shapes[0].y0": target, "shapes[0].y1": target, "shapes[0].line.width": 1.2 * unit,
      "annotations[0].x": at.x, "annotations[0].y": at.y, "annotations[0].font.size": px, "annotations[0].text": words,
    };
  }

  function draw(spec, view, trend) {
    const graph = document.getElementById(spec.id)?.querySelector(".js-plotly-plot");
    if (!graph || !globalThis.Plotly || !graph.layout) return;
    const data = series(spec.key, trend, view);
    const target = 100 * view.state.district.targets[spec.key];
    const [low, high] = bounds(data, target);
    const unit = quanyu.dom.scale();
    const sign = JSON.stringify([data, low, high, target, unit, quanyu.words.lang]);
    if (shown[spec.id] === sign) return;
    shown[spec.id] = sign;
    const last = data.now.y.length - 1;
    globalThis.Plotly.update(graph, {
      x: [data.before.x, data.now.x, last < 0 ? [] : [data.now.x[last]]],
      y: [data.before.y, data.now.y, last < 0 ? [] : [data.now.y[last]]],
      "line.width": [1.5 * unit, 2.4 * unit, 0],
      "marker.size": 8 * unit,
      "marker.line.width": 2 * unit,
    }, layout(data, low, high, target, graph));
    summary(spec, graph, data);
  }

  /** What the chart says, in a sentence. */
  function summary(spec, graph, data) {
    const last = data.now.y.length - 1;
    const values = { name: quanyu.words.t(`kpi.${spec.key}`), first: data.now.y[0]?.toFixed(1), last: data.now.y[last]?.toFixed(1) };
    const text = last < 0 ? quanyu.words.t("trend.none", values) : quanyu.words.t(`trend.summary_${mode}`, values);
    const box = graph.closest(".tr");
    quanyu.dom.attr(box, "aria-label", text);
    quanyu.dom.nothing(box, last < 0, text);
  }

  function paint(view, what) {
    const turn = Date.now() >= turn_at;
    if (turn) {
      mode = mode === "hour" ? "day" : "hour";
      turn_at = Date.now() + TURN_S * 1000;
    }
    if (!what.all && !what.root && !what.trend && !turn && !what.tick) return;
    const trend = view.state.trends.get(view.root);
    for (const key in buttons) {
      quanyu.dom.attr(buttons[key], "aria-pressed", key === mode ? "true" : "false");
    }
    for (const head of heads) paintHead(head, view, trend);
    if (trend) for (const spec of CHARTS) draw(spec, view, trend);
  }

  quanyu.panels = quanyu.panels || {};
  quanyu.panels.trends = {
    mount, paint,
    get mode() {
      return mode;
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
