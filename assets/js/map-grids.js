/** The grids of the map: one layer each, coloured by open events, restyled one by one where their class changed. */
(function (quanyu) {
  "use strict";

  const PER_FRAME = 6;
  const ALL_AT_ONCE = 400;
  /** @type {Map<string, {layer: L.Path, load: number}>} */
  let layers = new Map();
  /** @type {Map<string, number>} */
  let queue = new Map();
  let running = false;
  let hovered = null;

  function colours() {
    return [0, 1, 2, 3, 4, 5].map((load) => quanyu.dom.token(`--load-${load}`));
  }
  let palette = null;

  function fill(load) {
    palette = palette || colours();
    return palette[load];
  }

  function loadOf(code) {
    const state = quanyu.link.state;
    const counts = state && state.counts.get(code);
    return quanyu.figures.loadClass((counts && counts.open) || 0);
  }

  /** First style of a feature (dash-leaflet's `style`). */
  function style(feature) {
    return {
      fillColor: fill(loadOf(feature.properties.code)), fillOpacity: 1, opacity: 1,
      color: quanyu.dom.token("--map-grid-line"), weight: 0.63 * quanyu.dom.scale(),
    };
  }

  const EVENTS = {
    mouseover: (event) => enter(event.target),
    mousemove: (event) => quanyu.mapTip.move(event.containerPoint),
    mouseout: () => leave(),
    click: (event) => open(event.target.quanyuCode),
  };

  /** Registers a grid's layer by its code (dash-leaflet's `onEachFeature`). */
  function register(feature, layer) {
    const code = feature.properties.code;
    layer.quanyuCode = code;
    layers.set(code, { layer, load: loadOf(code) });
    layer.on(EVENTS);
  }

  function enter(layer) {
    hovered = layer.quanyuCode;
    quanyu.mapTip.show(hovered);
  }

  function leave() {
    hovered = null;
    quanyu.mapTip.hide();
  }

  function open(code) {
    location.assign("/region/" + encodeURIComponent(code));
  }

  /** Restyles grids whose class of load changed; scattered changes are spread over frames. @param {Iterable<string>} codes */
  function restyle(codes) {
    for (const code of codes) {
      const known = layers.get(code);
      if (!known) continue;
      const load = loadOf(code);
      if (load !== known.load) queue.set(code, load);
      else queue.delete(code);
    }
    if (hovered) quanyu.mapTip.show(hovered);
    if (queue.size && !running) {
      running = true;
      requestAnimationFrame(step);
    }
  }

  function step() {
    let left = queue.size > ALL_AT_ONCE ? queue.size : PER_FRAME;
    for (const [code, load] of queue) {
      queue.delete(code);
      const known = layers.get(code);
      if (known) {
        known.load = load;
        known.layer.setStyle({ fillColor: fill(load) });
      }
      if (--left === 0) break;
    }
    running = queue.size > 0;
    if (running) requestAnimationFrame(step);
  }

  /** Adapts line widths to a new size of the wall. */
  function resize() {
    const weight = 0.63 * quanyu.dom.scale();
    for (const { layer } of layers.values()) layer.setStyle({ weight });
  }

  quanyu.mapGrids = {
    style, register, restyle, resize,
    all: () => layers.keys(),
    clear() {
      layers = new Map();
      queue = new Map();
    },
    get size() {
      return layers.size;
    },
    /** Class of load that a grid is drawn in. @param {string} code */
    drawn: (code) => layers.get(code)?.load,
    colour: (code) => layers.get(code)?.layer.options.fillColor,
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
