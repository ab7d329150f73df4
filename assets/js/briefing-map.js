/** The map of a briefing as SVG: grids in six shades, borders with their names, overdue events as squares. */
(function (quanyu) {
  "use strict";

  const MARKS = 60;

  /**
   * @param {Object} map areas and borders in lon/lat @param {number} width @param {number} height
   * @returns {SVGElement}
   */
  function draw(map, width, height) {
    const place = fitted(map, width, height);
    const path = (polygons) => polygons.flatMap((rings) => rings.map((ring) => `M${ring.map(([lon, lat]) => place(lon, lat).map((one) => one.toFixed(1)).join(" ")).join("L")}Z`)).join("");
    const svg = quanyu.dom.svg;
    const areas = map.areas.map((area) => {
      const node = svg("path", { class: `bf-area ${area.shade === null ? "none" : `l${area.shade}`}`, d: path(area.polygons), "fill-rule": "evenodd" });
      const title = svg("title", {});
      title.textContent = area.name;
      node.append(title);
      return node;
    });
    const borders = map.borders.map((border) => svg("path", { class: "bf-border", d: path(border.polygons) }));
    const late = map.areas.filter((area) => area.late > 0).sort((a, b) => b.late - a.late).slice(0, MARKS).map((area) => {
      const [x, y] = place(area.lon, area.lat);
      return svg("rect", { class: "bf-late", x: x - 2.5, y: y - 2.5, width: 5, height: 5 });
    });
    const names = map.borders.map((border) => {
      const [x, y] = place(border.lon, border.lat);
      const node = svg("text", { x, y, class: "bf-tx bf-place", "text-anchor": "middle" });
      node.textContent = border.name;
      return node;
    });
    const root = svg("svg", { class: "bf-map", viewBox: `0 0 ${width} ${height}`, role: "img" }, [...areas, ...borders, ...late, ...names]);
    root.setAttribute("aria-label", map.title);
    return root;
  }

  /** From lon/lat to places in a frame, true to shape about its middle. */
  function fitted(map, width, height) {
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const one of [...map.areas, ...map.borders]) {
      for (const [lon, lat] of one.polygons.flat(2)) {
        [west, east] = [Math.min(west, lon), Math.max(east, lon)];
        [south, north] = [Math.min(south, lat), Math.max(north, lat)];
      }
    }
    const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180);
    const scale = Math.min(width / ((east - west) * narrow || 1), height / (north - south || 1)) * 0.98;
    const [midX, midY] = [(west + east) / 2, (south + north) / 2];
    return (lon, lat) => [width / 2 + (lon - midX) * narrow * scale, height / 2 - (lat - midY) * scale];
  }

  /** What the shades mean. @param {Object} map @returns {HTMLElement} */
  function legend(map) {
    const { el } = quanyu.dom;
    const shades = map.legend.map((words, at) => el("span", "", [el("i", `l${at}`), words]));
    return el("div", "bf-legend", [...shades, el("span", "", [el("i", "late"), map.late_name])]);
  }

  quanyu.briefingMap = { draw, legend };
})((globalThis.quanyu = globalThis.quanyu || {}));
