/** Charts of a briefing as SVG on the page, from what the server measured. Reckons nothing but places. */
(function (quanyu) {
  "use strict";

  const FONT = 12;
  const LINE = 18;
  const GLYPH = 5;

  /** @param {string} tag @param {Object} attributes @param {Array} [children] */
  const svg = (tag, attributes, children) => quanyu.dom.svg(tag, attributes, children);

  /** @param {number} x @param {number} y @param {string} text @param {string} [name] @param {string} [anchor] */
  function label(x, y, text, name, anchor) {
    const node = svg("text", { x, y, class: `bf-tx ${name || ""}`, "text-anchor": anchor || "start" });
    node.textContent = text;
    return node;
  }

  /** Round steps of an axis. @param {number} least @param {number} most @param {number} wanted */
  function ticks(least, most, wanted) {
    const raw = (most - least) / wanted || 1;
    const size = 10 ** Math.floor(Math.log10(raw));
    const step = size * ([1, 2, 5, 10].find((one) => one * size >= raw) || 10);
    const found = [];
    for (let at = Math.ceil(least / step - 1e-9) * step; at <= most + step * 1e-6; at += step) found.push(Number(at.toPrecision(12)));
    return found;
  }

  /** A number of an axis in the unit of its chart. @param {number} value @param {string} measure */
  function axis(value, measure) {
    if (measure === "rate" || measure === "points" || measure === "growth") return String(Number((value * 100).toFixed(1)));
    return Math.abs(value) >= 10000 ? quanyu.format.count(value) : String(value);
  }

  /** @param {Object} chart @returns {[number, number]} least and most of its values */
  function range(chart) {
    const values = chart.series.flatMap((one) => one.points.map((point) => point.value)).filter((one) => one !== null);
    if (chart.target !== null) values.push(chart.target);
    const least = chart.least ?? Math.min(0, ...values);
    const most = Math.max(...values, least + (chart.measure === "rate" ? 0.01 : 1));
    return [Math.min(least, ...values), chart.measure === "rate" ? Math.min(1, most + (most - least) * 0.08) : most + (most - least) * 0.08];
  }

  /** A chart in a frame of a given size. @param {Object} chart @param {number} width @param {number} height */
  function draw(chart, width, height) {
    const lying = chart.kind === "bar" || chart.kind === "dots";
    const h = lying ? Math.max(height, chart.categories.length * LINE + 24) : height;
    const parts = chart.kind === "dots" ? dots(chart, width, h) : lying ? bars(chart, width, h) : upright(chart, width, h);
    const node = svg("svg", { class: "bf-chart", viewBox: `0 0 ${width} ${h}`, role: "img" }, parts);
    node.setAttribute("aria-label", `${chart.title}: ${spoken(chart)}`);
    return node;
  }

  /** The chart in words. @param {Object} chart */
  function spoken(chart) {
    return chart.categories.map((name, at) => `${name} ${chart.series.map((one) => one.points[at].text).join(" / ")}`).join(", ");
  }

  /** Room that names beside bars take. @param {string[]} names @param {number} width */
  function beside(names, width) {
    const widest = Math.max(...names.map((one) => Array.from(one).reduce((sum, char) => sum + (char > "\u2e7f" ? 1 : 0.58), 0)), 2);
    return Math.min(width * 0.4, widest * FONT + 10);
  }

  /** A name in so much room. @param {string} name @param {number} width */
  function cut(name, width) {
    let room = width / FONT;
    let at = 0;
    const chars = Array.from(name);
    while (at < chars.length && room > 0.9) room -= chars[at++] > "\u2e7f" ? 1 : 0.58;
    return at < chars.length ? `${chars.slice(0, Math.max(1, at - 1)).join("")}…` : name;
  }

  /** Lying bars. */
  function bars(chart, width, height) {
    const left = beside(chart.categories, width);
    const values = Math.max(...chart.series.flatMap((one) => one.points.map((point) => point.text.length))) * 7 + 8;
    const [least, most] = range(chart);
    const x = (value) => left + ((value - Math.min(0, least)) / (most - Math.min(0, least))) * (width - left - values);
    const row = (height - 4) / chart.categories.length;
    const thick = Math.min(14, (row - 4) / chart.series.length);
    const parts = [];
    chart.categories.forEach((name, at) => {
      const middle = row * at + row / 2;
      parts.push(label(left - 6, middle + 4, cut(name, left - 8), "", "end"));
      chart.series.forEach((one, n) => {
        const point = one.points[at];
        const top = middle + (n - chart.series.length / 2) * thick;
        if (point.value !== null) parts.push(svg("rect", { class: `bf-bar ${one.role} s${n}`, x: x(0), y: top, width: Math.max(0, x(point.value) - x(0)), height: thick - 1 }));
        if (one.role === "now") parts.push(label(width, middle + 4, point.text, "b", "end"));
      });
    });
    return [...parts, ...goal(chart, x, height)];
  }

  /** One mark a line on a cut axis, with its status as shape and colour. */
  function dots(chart, width, height) {
    const left = beside(chart.categories, width);
    const right = 46;
    const [least, most] = range(chart);
    const x = (value) => left + 8 + ((value - least) / (most - least)) * (width - left - right - 16);
    const foot = height - 18;
    const row = foot / chart.categories.length;
    const parts = ticks(least, most, 3).flatMap((value) => [
      svg("path", { class: "bf-gridline", d: `M${x(value)} 0V${foot}` }),
      label(x(value), height - 4, axis(value, chart.measure), "t", "middle"),
    ]);
    parts.push(...goal(chart, x, foot));
    chart.categories.forEach((name, at) => {
      const y = row * at + row / 2;
      const point = chart.series[0].points[at];
      parts.push(label(left - 6, y + 4, cut(name, left - 8), "", "end"), svg("path", { class: "bf-gridline", d: `M${left} ${y}H${width - right}` }));
      const status = chart.statuses[at];
      if (point.value !== null) parts.push(mark(x(point.value), y, status));
      parts.push(label(width, y + 4, point.text, `b ${status && status !== "green" ? status : ""}`, "end"));
    });
    return parts;
  }

  /** Circle, triangle or square. @param {number} x @param {number} y @param {?string} status */
  function mark(x, y, status) {
    if (status === "red") return svg("rect", { class: "bf-mark red", x: x - GLYPH, y: y - GLYPH, width: GLYPH * 2, height: GLYPH * 2 });
    if (status === "yellow") return svg("path", { class: "bf-mark yellow", d: `M${x} ${y - GLYPH - 1}l${GLYPH + 1} ${2 * GLYPH}h${-2 * GLYPH - 2}Z` });
    return svg("circle", { class: "bf-mark", cx: x, cy: y, r: GLYPH });
  }

  /** The target as a dashed line across. */
  function goal(chart, x, height) {
    return chart.target === null ? [] : [svg("path", { class: "bf-goal", d: `M${x(chart.target)} 0V${height}` })];
  }

  /** Columns and lines. */
  function upright(chart, width, height) {
    const [least, most] = range(chart);
    const steps = ticks(least, most, 4);
    const left = Math.max(...steps.map((one) => axis(one, chart.measure).length), 2) * 7 + 8;
    const foot = height - 22;
    const y = (value) => 14 + (1 - (value - least) / (most - least)) * (foot - 14);
    const slot = (width - left - 6) / Math.max(1, chart.categories.length);
    const x = (at) => left + slot * (at + 0.5);
    const parts = steps.flatMap((value) => [
      svg("path", { class: "bf-gridline", d: `M${left} ${y(value)}H${width}` }),
      label(left - 6, y(value) + 4, axis(value, chart.measure), "t", "end"),
    ]);
    const every = Math.ceil(chart.categories.length / Math.max(2, Math.floor((width - left) / 58)));
    const last = chart.categories.length - 1;
    chart.categories.forEach((name, at) => {
      if ((last - at) % every === 0) parts.push(label(Math.min(x(at), width - 14), height - 5, cut(name, slot * every), "t", "middle"));
    });
    if (chart.target !== null) {
      parts.push(svg("path", { class: "bf-goal", d: `M${left} ${y(chart.target)}H${width}` }), label(width, y(chart.target) + (above(chart) ? 13 : -4), chart.target_name, "t", "end"));
    }
    chart.series.forEach((one, n) => parts.push(...(chart.kind === "line" ? line(one, n, x, y) : columns(chart, one, n, x, y, slot))));
    return parts;
  }

  /** Whether the last value lies above the target, whose words then stand below it. @param {Object} chart */
  function above(chart) {
    const last = chart.series[0]?.points.findLast((point) => point.value !== null);
    return !last || last.value >= chart.target;
  }

  function columns(chart, one, n, x, y, slot) {
    const thick = Math.min(26, (slot * 0.7) / chart.series.length);
    return one.points.flatMap((point, at) => {
      if (point.value === null) return [];
      const bar = svg("rect", { class: `bf-bar ${one.role} s${n}`, x: x(at) + (n - chart.series.length / 2) * thick, y: Math.min(y(0), y(point.value)), width: thick - 1, height: Math.abs(y(0) - y(point.value)) });
      const room = chart.series.length === 1 && slot > 24;
      return room ? [bar, label(x(at), y(point.value) - 3, point.text, "b", "middle")] : [bar];
    });
  }

  /** A line with gaps where there is no value; its last point says what it is. */
  function line(one, n, x, y) {
    let path = "";
    let pen = "M";
    one.points.forEach((point, at) => {
      if (point.value !== null) path += `${pen}${x(at).toFixed(1)} ${y(point.value).toFixed(1)}`;
      pen = point.value === null ? "M" : "L";
    });
    const parts = [svg("path", { class: `bf-line ${one.role} s${n}`, d: path })];
    if (one.role !== "now") return parts;
    one.points.forEach((point, at) => {
      if (point.value !== null) parts.push(svg("circle", { class: "bf-dot", cx: x(at), cy: y(point.value), r: 3 }));
    });
    const last = one.points.findLastIndex((point) => point.value !== null);
    if (last >= 0) parts.push(label(x(last) + 4, Math.max(11, y(one.points[last].value) - 8), one.points[last].text, "b", "end"));
    return parts;
  }

  quanyu.briefingCharts = { draw, ticks, range };
})((globalThis.quanyu = globalThis.quanyu || {}));
