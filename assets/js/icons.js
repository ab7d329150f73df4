/** Line icons as SVG nodes, and the arrows of deltas. Owns their paths. */
(function (quanyu) {
  "use strict";

  const DOT = { fill: "currentColor" };

  /** @type {Object<string, Array<[string, Object<string, string|number>]>>} */
  const SHAPES = {
    grid_worker: [
      ["circle", { cx: 8, cy: 5, r: 2.8 }],
      ["path", { d: "M2.5 14c.6-3 2.8-4.5 5.5-4.5s4.900 1.500 5.500 4.500" }],
    ],
    hotline: [["path", { d: "M3.200 2.200h2.400l1.200 3.200-1.600 1.200c.8 1.800 2 3 3.800 3.800l1.200-1.600 3.200 1.200v2.400c0 .8-.6 1.400-1.400 1.400C6.600 13.600 2 9 2 3.600c0-.8.500-1.400 1.200-1.400Z" }]],
    citizen_app: [
      ["rect", { x: 4, y: 1.5, width: 8, height: 13, rx: 1.5 }],
      ["path", { d: "M7 12.200h2" }],
    ],
    sensor: [
      ["circle", { cx: 8, cy: 8, r: 1.6, ...DOT }],
      ["path", { d: "M4.800 11.200a4.500 4.500 0 0 1 0-6.400M11.200 4.800a4.500 4.500 0 0 1 0 6.400M2.500 13.500a7.800 7.800 0 0 1 0-11M13.500 2.500a7.800 7.800 0 0 1 0 11" }],
    ],
    department: [
      ["path", { d: "M2.500 6.200 8 2.500l5.500 3.700M2.500 13.500h11M4.200 6.500v7M8 6.500v7M11.800 6.500v7" }],
    ],
    retry: [["path", { d: "M13.500 8A5.500 5.500 0 1 1 11.800 4M13.500 1.800V5h-3.200" }]],
    inbox: [["path", { d: "M2 9.500 4 3h8l2 6.500V13H2ZM2 9.500h3.500c0 3 5 3 5 0H14" }]],
    plug: [["path", { d: "M6 2v3.500M10 2v3.500M4 5.500h8V8a4 4 0 0 1-8 0ZM8 12v2.500" }]],
  };

  /** An icon in the size of the text around it. @param {string} name */
  function icon(name) {
    const dom = quanyu.dom;
    const parts = (SHAPES[name] || SHAPES.department).map(([tag, attributes]) => dom.svg(tag, attributes));
    return dom.svg("svg", { class: "ic", viewBox: "0 0 16 16", "aria-hidden": "true" }, parts);
  }

  const ARROWS = { up: "M6 1.500v9M2 5.500 6 1.500l4 4", down: "M6 1.500v9M2 6.500l4 4 4-4", flat: "M1.500 6h9" };

  /** The arrow of a delta. */
  function arrow() {
    const dom = quanyu.dom;
    const path = dom.svg("path", { fill: "none", stroke: "currentColor", "stroke-width": 1.8 });
    return dom.svg("svg", { class: "arr", viewBox: "0 0 12 12", "aria-hidden": "true" }, [path]);
  }

  /** Turns an arrow. @param {SVGElement} node @param {"up"|"down"|"flat"} way */
  function turn(node, way) {
    quanyu.dom.attr(node.firstElementChild, "d", ARROWS[way]);
  }

  quanyu.icons = { icon, arrow, turn };
})((globalThis.quanyu = globalThis.quanyu || {}));
