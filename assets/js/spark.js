/** Small line charts of the KPI cards, painted as SVG in place: today's line, its last point, yesterday dashed. */
(function (quanyu) {
  "use strict";

  const WIDTH = 92;
  const HEIGHT = 38;
  const EDGE = 3;
  const HOURS = 24;

  /** Points of a series as [hour, value]; the last one stands at `at_hour` where given. */
  function points(series, cumulative, at_hour) {
    const found = cumulative ? [[0, 0]] : [];
    (series || []).forEach((raw, i) => {
      const value = quanyu.figures.point(raw);
      const last = at_hour !== undefined && i === series.length - 1;
      if (value !== null) found.push([last ? at_hour : i + 1, value]);
    });
    return found;
  }

  /** Path data of points in a box scaled to [low, high]. */
  function line(found, low, high) {
    const span = high - low || 1;
    return found.map(([hour, value], i) => {
      const x = ((hour / HOURS) * WIDTH).toFixed(1);
      const y = (HEIGHT - EDGE - ((value - low) / span) * (HEIGHT - 2 * EDGE)).toFixed(1);
      return `${i ? "L" : "M"}${x},${y}`;
    }).join("");
  }

  /** A new sparkline: node and a function that draws two series into it. */
  function create() {
    const { svg, attr } = quanyu.dom;
    const before = svg("path", { class: "sp-prev" });
    const now = svg("path", { class: "sp-now" });
    const dot = svg("circle", { class: "sp-dot", r: 3.2 });
    const node = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "spark", "aria-hidden": "true" }, [before, now, dot]);

    /** @param {Array} today @param {Array} yesterday @param {boolean} cumulative @param {number} at_hour */
    function draw(today, yesterday, cumulative, at_hour) {
      const a = points(today, cumulative, at_hour);
      const b = points(yesterday, cumulative);
      const values = [...a, ...b].map((pair) => pair[1]);
      const low = Math.min(...values);
      const high = Math.max(...values);
      attr(before, "d", values.length ? line(b, low, high) : "");
      attr(now, "d", values.length ? line(a, low, high) : "");
      const last = a.length ? line([a[a.length - 1]], low, high).slice(1).split(",") : ["-9", "-9"];
      attr(dot, "cx", last[0]);
      attr(dot, "cy", last[1]);
    }

    return { node, draw };
  }

  quanyu.spark = { create };
})((globalThis.quanyu = globalThis.quanyu || {}));
