/** The areas of the desk's map: filled by their class, outlined where chosen; and the neighbours' borders around. */
(function (quanyu) {
  "use strict";

  let layer = null;
  /** @type {{areas: Shape[], around: Shape[], near: Shape[]}} */
  let ground = { areas: [], around: [], near: [] };
  /** @type {Map<string, ?number>} class of each area; null where nothing is known */
  let classes = new Map();
  let hovered = null;
  let chosen = null;

  /** Class of a value, 0 to 5. @param {?number} value @param {number[]} breaks */
  function classOf(value, breaks) {
    if (value === null || value === undefined) return null;
    let found = 0;
    while (found < breaks.length && value >= breaks[found]) found += 1;
    return found;
  }

  function draw(context, view) {
    const { groundPaint, dom } = quanyu;
    const { unit } = view;
    const palette = [0, 1, 2, 3, 4, 5].map((load) => dom.token(`--load-${load}`));
    groundPaint.line(context, ground.near, view, dom.token("--line-1"), 0.8 * unit);
    groundPaint.line(context, ground.around, view, dom.token("--line-2"), 1 * unit);
    groundPaint.fill(context, ground.areas, view, () => palette[0]);
    groundPaint.fill(context, ground.areas, view, ({ code }) => palette[classes.get(code)] || null);
    const empty = ground.areas.filter(({ code }) => classes.get(code) === null);
    if (empty.length) {
      const hatch = groundPaint.hatch(context, dom.token("--line-2"), view);
      groundPaint.fill(context, empty, view, () => hatch);
    }
    groundPaint.line(context, ground.areas, view, dom.token("--map-grid-line"), 0.8 * unit);
    const marked = ground.areas.filter(({ code }) => code === hovered);
    if (marked.length) groundPaint.line(context, marked, view, dom.token("--text-1"), 1.5 * unit);
    const picked = ground.areas.filter(({ code }) => code === chosen);
    if (!picked.length) return;
    groundPaint.line(context, picked, view, dom.token("--bg"), 5 * unit);
    groundPaint.line(context, picked, view, dom.token("--accent-strong"), 2.5 * unit);
  }

  quanyu.deskMapGround = {
    classOf,
    /** @param {L.Map} map */
    attach(map) {
      layer = quanyu.mapCanvas.attach(map, "ground", 410, draw);
    },
    /** Which areas are filled, and what is drawn around. @param {Atlas} atlas @param {string} region @param {string} level */
    place(atlas, region, level) {
      const areas = quanyu.shapes.within(atlas, region, level);
      const inside = new Set(areas.map(({ code }) => code));
      const own = atlas.shapes.get(region);
      const all = [...atlas.shapes.values()];
      ground = {
        areas,
        near: all.filter((shape) => shape.level === level && !inside.has(shape.code)),
        around: own ? all.filter((shape) => shape.level === own.level && shape.code !== region) : [],
      };
      layer.redraw();
    },
    /** Fills the areas by their values; all alike without any. @param {?Map<string, ?number>} values @param {number[]} breaks */
    paint(values, breaks) {
      const fresh = new Map();
      if (values) for (const { code } of ground.areas) fresh.set(code, classOf(values.get(code), breaks));
      const same = fresh.size === classes.size && [...fresh].every(([code, own]) => classes.get(code) === own);
      classes = fresh;
      if (!same) layer.redraw();
    },
    /** The area at a point (see mercator). @returns {?string} */
    at(x, y) {
      const found = ground.areas.find((shape) => quanyu.shapes.holds(shape, x, y));
      return found ? found.code : null;
    },
    /** @param {?string} code */
    hover(code) {
      if (hovered === code) return;
      hovered = code;
      layer.redraw();
    },
    /** @param {?string} code */
    choose(code) {
      if (chosen === code) return;
      chosen = code;
      layer.redraw();
    },
    get areas() {
      return ground.areas;
    },
    drawn: (code) => classes.get(code),
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
