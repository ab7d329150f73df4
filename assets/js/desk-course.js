/**
 * The charts of a region's page: a course with its target, the earlier one dashed, a dot on the last point, and what any
 * point says under the pointer or the arrow keys. Drawn in place; numbers and words come from the server.
 */
(function (quanyu) {
  "use strict";

  const LEFT = 32;
  const RIGHT = 8;
  const TOP = 8;
  const BOTTOM = 20;
  const MOST_GAPS = 3;
  const SPARK = { width: 56, height: 20, edge: 2 };

  /** @type {Object[]} charts as shown, by place */
  let charts = [];
  /** @type {Map<Element, {at: ?number, parts: Object}>} */
  const boxes = new Map();
  let sparks = {};
  let watching = null;

  /** @param {{charts: Object[], sparks: Object, sub: string, step: string, trend: string, failed?: string}} data */
  function show(data) {
    const panel = document.getElementById("desk-trends");
    if (!data || !panel) return;
    quanyu.dom.text(panel.querySelector("header .sub"), data.sub || "");
    if (quanyu.deskPanels.failed(panel, data)) return;
    charts = data.charts;
    sparks = data.sparks;
    quanyu.desk.settled({ step: data.step, compare: data.compare });
    for (const box of panel.querySelectorAll("[data-course]")) draw(box);
    drawSparks();
  }

  /** The parts of a chart, made once. @param {HTMLElement} box */
  function parts(box) {
    const known = boxes.get(box);
    if (known) return known;
    const { el, svg } = quanyu.dom;
    const name = el("span", "ch-name");
    const note = el("span", "ch-note");
    const value = el("b");
    box.querySelector(".ch-head").replaceChildren(name, note, value);
    const grid = svg("g");
    const before = svg("path", { class: "ch-before" });
    const target = svg("path", { class: "ch-target" });
    const now = svg("path", { class: "ch-now" });
    const rule = svg("path", { class: "ch-rule" });
    const dot = svg("circle", { class: "ch-dot" });
    const words = svg("text", { class: "ch-goal" });
    const root = svg("svg", { class: "ch-svg", "aria-hidden": "true" }, [grid, before, target, now, rule, dot, words]);
    box.querySelector(".ch-box").replaceChildren(root);
    const made = { at: null, root, grid, before, target, now, rule, dot, words, name, note, value };
    boxes.set(box, made);
    listen(box, made);
    watching = watching || new ResizeObserver((entries) => entries.forEach(({ target: one }) => draw(one.closest("[data-course]"))));
    watching.observe(box.querySelector(".ch-box"));
    return made;
  }

  function listen(box, made) {
    const choose = (at) => {
      made.at = at;
      draw(box);
    };
    box.addEventListener("pointermove", (event) => {
      const chart = charts[Number(box.dataset.course)];
      const area = made.root.getBoundingClientRect();
      const unit = quanyu.dom.scale();
      if (!chart || !area.width) return;
      const share = (event.clientX - area.left - LEFT * unit) / (area.width - (LEFT + RIGHT) * unit);
      choose(Math.max(0, Math.min(chart.points.length - 1, Math.round(share * (chart.points.length - 1)))));
    });
    box.addEventListener("pointerleave", () => choose(null));
    box.addEventListener("blur", () => choose(null));
    box.addEventListener("keydown", (event) => {
      const chart = charts[Number(box.dataset.course)];
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!chart || !step) return;
      event.preventDefault();
      const from = made.at ?? chart.points.length - (step < 0 ? 0 : 1);
      choose(Math.max(0, Math.min(chart.points.length - 1, from + step)));
    });
  }

  /** Bounds and ticks of an axis: rates lie close together and are cut, others begin at zero. */
  function axis(chart) {
    const values = chart.points.flatMap((point) => [point.now, point.before]).filter((value) => value !== null);
    if (chart.target !== null) values.push(chart.target);
    if (!values.length) return { low: 0, high: 1, ticks: [] };
    const least = chart.kind === "rate" ? Math.min(...values) : 0;
    const most = Math.max(...values);
    let gap = nice((most - least) / MOST_GAPS || 1);
    let low = Math.floor(least / gap + 1e-9) * gap;
    let high = Math.ceil(most / gap - 1e-9) * gap || gap;
    if ((high - low) / gap > MOST_GAPS + 1e-9) {
      gap = nice(gap * 1.01);
      low = Math.floor(least / gap + 1e-9) * gap;
      high = Math.ceil(most / gap - 1e-9) * gap || gap;
    }
    if (chart.kind === "rate") [low, high] = [Math.max(0, low), Math.min(100, high)];
    if (high <= low) [low, high] = chart.kind === "rate" && low >= 100 ? [100 - gap, 100] : [low, low + gap];
    const ticks = [];
    for (let at = low; at <= high + 1e-9; at += gap) ticks.push(Math.round(at * 100) / 100);
    return { low, high, ticks };
  }

  /** The next round number: 1, 2, 2.5, 3, 5 times a power of ten. @param {number} value */
  function nice(value) {
    const power = 10 ** Math.floor(Math.log10(value));
    return (([1, 2, 2.5, 3, 5].find((one) => one * power >= value - 1e-9) ?? 10) * power);
  }

  /** Path of values that are there; a gap breaks the line. */
  function line(values, x, y) {
    let open = false;
    return values.map((value, i) => {
      if (value === null) {
        open = false;
        return "";
      }
      const piece = `${open ? "L" : "M"}${x(i).toFixed(1)},${y(value).toFixed(1)}`;
      const alone = !open && (values[i + 1] ?? null) === null;
      open = true;
      return alone ? `${piece}h.01` : piece;
    }).join("");
  }

  /** @param {HTMLElement} box */
  function draw(box) {
    const chart = box && charts[Number(box.dataset.course)];
    if (!chart) return;
    const made = parts(box);
    const { attr } = quanyu.dom;
    const area = box.querySelector(".ch-box");
    const unit = quanyu.dom.scale();
    const [width, height] = [area.clientWidth, area.clientHeight];
    if (!width || !height) return;
    attr(made.root, "viewBox", `0 0 ${width} ${height}`);
    const { low, high, ticks } = axis(chart);
    const many = Math.max(1, chart.points.length - 1);
    const x = (i) => LEFT * unit + (i / many) * (width - (LEFT + RIGHT) * unit);
    const y = (value) => TOP * unit + (1 - (value - low) / (high - low)) * (height - (TOP + BOTTOM) * unit);
    drawGrid(made, chart, ticks, { x, y, width, height, unit });
    const now = chart.points.map((point) => point.now);
    attr(made.before, "d", line(chart.points.map((point) => point.before), x, y));
    attr(made.now, "d", line(now, x, y));
    const last = made.at ?? now.findLastIndex((value) => value !== null);
    const shown = last >= 0 && now[last] !== null && now[last] !== undefined;
    attr(made.dot, "r", shown ? 3.5 * unit : 0);
    if (shown) {
      attr(made.dot, "cx", x(last));
      attr(made.dot, "cy", y(now[last]));
    }
    attr(made.rule, "d", made.at === null ? "" : `M${x(made.at)},${TOP * unit}V${height - BOTTOM * unit}`);
    drawTarget(made, chart, { x, y, width, height, unit });
    paintHead(box, made, chart);
  }

  function drawGrid(made, chart, ticks, { x, y, width, height, unit }) {
    const { svg } = quanyu.dom;
    const nodes = [];
    for (const tick of ticks) {
      nodes.push(svg("path", { class: "ch-grid", d: `M${LEFT * unit},${y(tick).toFixed(1)}H${width - RIGHT * unit}` }));
      const words = svg("text", { class: "ch-tick", x: (LEFT - 6) * unit, y: y(tick) + 4 * unit, "text-anchor": "end" });
      words.textContent = tick >= 10000 ? `${tick / 1000}k` : String(tick);
      nodes.push(words);
    }
    const count = chart.points.length;
    const places = [...new Set([0, Math.floor((count - 1) / 2), count - 1])].filter((i) => i >= 0);
    for (const i of places) {
      const anchor = i === 0 ? "start" : i === count - 1 ? "end" : "middle";
      const words = svg("text", { class: "ch-tick", x: x(i), y: height - 5 * unit, "text-anchor": anchor });
      words.textContent = chart.points[i].at;
      nodes.push(words);
    }
    made.grid.replaceChildren(...nodes);
  }

  /** The target's words stand where no course goes, at its line. */
  function drawTarget(made, chart, { x, y, width, height, unit }) {
    const { attr, text } = quanyu.dom;
    const none = chart.target === null;
    attr(made.target, "d", none ? "" : `M${LEFT * unit},${y(chart.target)}H${width - RIGHT * unit}`);
    text(made.words, none ? "" : chart.targeted);
    if (none) return;
    const [left, top] = [LEFT * unit, TOP * unit];
    const course = (key) => chart.points.map((point, i) => [x(i) - left, point[key] === null ? null : y(point[key]) - top]).filter((at) => at[1] !== null);
    const plot = {
      width: width - (LEFT + RIGHT) * unit, height: height - (TOP + BOTTOM) * unit, target: y(chart.target) - top,
      lines: [course("now"), course("before")],
    };
    const place = quanyu.targetLabel.place(plot, { width: made.words.getComputedTextLength() + 4 * unit, height: 15 * unit });
    attr(made.words, "x", left + place.x + 2 * unit);
    attr(made.words, "y", top + place.y + 11.5 * unit);
    attr(made.words, "text-anchor", "start");
  }

  function paintHead(box, made, chart) {
    const { attr, text } = quanyu.dom;
    const point = made.at === null ? null : chart.points[made.at];
    text(made.name, chart.name);
    text(made.note, point ? [point.at, point.of, point.was].filter(Boolean).join(" · ") : "");
    text(made.value, point ? point.text : chart.value);
    attr(box, "aria-label", point ? `${chart.name} ${point.at} ${point.text} ${point.of} ${point.was}` : chart.summary);
  }

  /** The small courses inside the figures; React may have made their places anew. */
  function drawSparks() {
    for (const node of document.querySelectorAll("[data-spark]")) {
      const values = sparks[node.dataset.spark] || [];
      let root = node.firstElementChild;
      if (!root) {
        root = quanyu.dom.svg("svg", { viewBox: `0 0 ${SPARK.width} ${SPARK.height}`, class: "sp-svg" }, [
          quanyu.dom.svg("path", { class: "sp-line" }), quanyu.dom.svg("circle", { class: "sp-end", r: 2 }),
        ]);
        node.append(root);
      }
      const known = values.filter((value) => value !== null);
      const [low, high] = [Math.min(...known), Math.max(...known)];
      const x = (i) => SPARK.edge + (i / Math.max(1, values.length - 1)) * (SPARK.width - 2 * SPARK.edge);
      const y = (value) => SPARK.height - SPARK.edge - ((value - low) / (high - low || 1)) * (SPARK.height - 2 * SPARK.edge);
      const [path, end] = root.children;
      quanyu.dom.attr(path, "d", known.length > 1 ? line(values, x, y) : "");
      const last = values.findLastIndex((value) => value !== null);
      quanyu.dom.attr(end, "cx", last < 0 ? -9 : x(last));
      quanyu.dom.attr(end, "cy", last < 0 ? -9 : y(values[last]));
    }
  }

  quanyu.deskCourse = { show, drawSparks, axis, line };
})((globalThis.quanyu = globalThis.quanyu || {}));
