/**
 * The wall's map: finds the Leaflet map that dash-leaflet makes, hangs the layers into it, fits the district into
 * the panel, and comes back to it when nobody has touched the map for a while.
 */
(function (quanyu) {
  "use strict";

  const IDLE_MS = 60000;
  /** Levels of zoom that may be given up to keep legend and scale off the district. */
  const CLEAR_WORTH = 0.6;
  const LEAST_PX = 120;
  const RETRY_MS = 700;
  const NICE_KM = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 4, 5, 10, 20, 40, 50, 100];
  /** @type {?L.Map} */
  let map = null;
  let version = null;
  let fitted = false;
  /** Whether a feature of this version has come. */
  let seen = false;
  let touched = false;
  let idle = 0;
  let resizing = 0;

  /** Called for every Leaflet map of the page; only the wall's own is taken. @this {L.Map} */
  function hook() {
    if (!this.getContainer().closest("#wall-map-panel")) return;
    map = this;
    this.whenReady(() => {
      quanyu.mapMovers.attach(map);
      quanyu.mapDrag.attach(map);
      quanyu.mapMarks.attach(map);
      quanyu.mapLabels.attach(map);
      quanyu.mapTip.build(document.getElementById("wall-map-panel"));
      watch();
      if (quanyu.link.state) snapshot(quanyu.link.state);
    });
  }

  function watch() {
    const box = map.getContainer();
    for (const kind of ["mousedown", "wheel", "touchstart"]) box.addEventListener(kind, touch, { passive: true });
    document.getElementById("wall-reset").addEventListener("click", () => fit());
    map.on("moveend", scaleBar);
    map.on("mouseout", quanyu.mapTip.hide);
    new ResizeObserver(() => {
      clearTimeout(resizing);
      resizing = setTimeout(resized, 100);
    }).observe(box);
  }

  function touch() {
    touched = true;
    document.getElementById("wall-reset").hidden = false;
    clearTimeout(idle);
    idle = setTimeout(fit, IDLE_MS);
  }

  function resized() {
    map.invalidateSize({ animate: false, pan: false });
    quanyu.mapGrids.resize();
    quanyu.mapLabels.forget();
    if (!touched) fit();
  }

  /** Which level is filled: grids, or the lowest one that the district has. */
  function level(state) {
    const { counts } = state.district;
    return ["grid", "community", "street"].find((key) => counts[key] > 0) || "grid";
  }

  /** Draws only the filled level; outlines of streets and district go to their own layer (dash-leaflet's `filter`). */
  function filter(feature) {
    seen = true;
    const { level: own } = feature.properties;
    if (own === "street" || own === "district") quanyu.mapBorders.add(feature);
    if (!fitted) scheduleFit();
    return own === level(quanyu.link.state);
  }

  let fitting = 0;
  function scheduleFit() {
    if (fitting) return;
    fitting = requestAnimationFrame(() => {
      fitting = 0;
      fit();
    });
  }

  /** Takes a new snapshot: its geometry where the version is new, its workers and their ways. */
  function snapshot(state) {
    if (!map) return;
    const root = state.regions.get(state.district.code);
    if (version === null && root) quanyu.mercator.setOrigin(root.lon, root.lat);
    if (state.map_version !== version) {
      version = state.map_version;
      fitted = seen = false;
      tries = 0;
      quanyu.mapGrids.clear();
      quanyu.mapBorders.clear();
      load();
    } else quanyu.mapGrids.restyle(quanyu.mapGrids.all());
    quanyu.mapMovers.look();
    quanyu.mapMovers.adopt(state.workers);
  }

  let tries = 0;
  let trying = 0;

  /**
   * Gives the address of the geometry to the component. What is set before the component stands is lost, and a failed
   * answer is not asked for again: so it is told until features come, from the third time on with a new address.
   */
  function load() {
    clearTimeout(trying);
    if (seen) return;
    const again = tries > 2 ? `?again=${tries}` : "";
    window.dash_clientside.set_props("wall-grids", { url: `/live/map/${encodeURIComponent(version)}${again}` });
    tries += 1;
    trying = setTimeout(load, Math.min(30000, RETRY_MS * tries));
  }

  /** Bounds of the outline. @returns {?L.LatLngBounds} */
  function bounds(rings) {
    const k = 256 * 2 ** map.getZoom();
    const view = quanyu.mercator.view(map, { x: 0, y: 0 });
    let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const ring of rings) {
      for (let i = 0; i < ring.length; i += 2) {
        west = Math.min(west, ring[i]);
        east = Math.max(east, ring[i]);
        north = Math.min(north, ring[i + 1]);
        south = Math.max(south, ring[i + 1]);
      }
    }
    if (west > east) return null;
    const at = (x, y) => map.layerPointToLatLng(L.point(x * k + view.dx, y * k + view.dy));
    return L.latLngBounds(at(west, south), at(east, north));
  }

  /** Paddings to try: the whole panel, then free of the scale, of the legend at its left, at its bottom. */
  function paddings() {
    const unit = quanyu.dom.scale() * 16;
    const legend = document.querySelector(".legend");
    const [wide, high] = [legend.offsetWidth + unit, legend.offsetHeight + unit];
    const side = 0.75 * unit;
    const outside = getComputedStyle(legend).position === "static";
    if (outside) return [[side, side, side, side]];
    const [top, low] = [2.75 * unit, 3 * unit];
    return [[side, top, side, side], [side, top, side, low], [wide, top, side, side], [wide, top, side, low], [side, top, side, high]];
  }

  /** Shows the whole district: as large as the panel allows with the legend left clear. */
  function fit() {
    touched = false;
    clearTimeout(idle);
    document.getElementById("wall-reset").hidden = true;
    const rings = quanyu.mapBorders.outline();
    const box = rings.length && bounds(rings);
    if (!box) return;
    let best = null;
    const size = map.getSize();
    for (const [left, top, right, bottom] of paddings()) {
      if (size.x - left - right < LEAST_PX || size.y - top - bottom < LEAST_PX) continue;
      const options = { paddingTopLeft: [left, top], paddingBottomRight: [right, bottom], animate: false };
      const zoom = map.getBoundsZoom(box, false, L.point(left + right, top + bottom));
      map.fitBounds(box, options);
      const worth = zoom + (isClear(rings) ? CLEAR_WORTH : 0);
      if (!best || worth > best.worth) best = { worth, options };
    }
    if (!best) return;
    map.fitBounds(box, best.options);
    fitted = true;
    quanyu.mapLabels.forget();
    scaleBar();
  }

  /** Whether no point of the outline lies under the legend or the scale. */
  function isClear(rings) {
    const taken = [".legend", ".scl"].map((name) => document.querySelector(name).getBoundingClientRect());
    const box = map.getContainer().getBoundingClientRect();
    const corner = map.layerPointToContainerPoint(L.point(0, 0));
    const { k, dx, dy } = quanyu.mercator.view(map, { x: 0, y: 0 });
    for (const ring of rings) {
      for (let i = 0; i < ring.length; i += 2) {
        const x = ring[i] * k + dx + corner.x + box.left;
        const y = ring[i + 1] * k + dy + corner.y + box.top;
        if (taken.some((one) => x < one.right && x > one.left && y > one.top && y < one.bottom)) return false;
      }
    }
    return true;
  }

  function scaleBar() {
    const node = document.getElementById("wall-scale");
    const size = map.getSize();
    if (!size.x) return;
    const [a, b] = [map.containerPointToLatLng([0, size.y / 2]), map.containerPointToLatLng([100, size.y / 2])];
    const km_per_px = map.distance(a, b) / 1e5;
    const most = 5.5 * 16 * quanyu.dom.scale() * km_per_px;
    const km = NICE_KM.filter((one) => one <= most).pop() || NICE_KM[0];
    node.firstElementChild.style.width = `${km / km_per_px}px`;
    quanyu.dom.text(node.lastElementChild, km >= 1 ? quanyu.words.t("map.km", { n: km }) : quanyu.words.t("map.m", { n: km * 1000 }));
  }

  /** @param {Object} view @param {Object} what */
  function paint(view, what) {
    if (!map || !view.state) return;
    quanyu.mapMovers.setStale(view.feeds.position.stale || view.lost);
    if (what.counts.size) quanyu.mapGrids.restyle(what.counts);
    if (what.all || what.events) quanyu.mapMarks.paint(view);
    if (what.all || what.events || what.streets) quanyu.mapLabels.paint(view);
    if (what.all) scaleBar();
  }

  /** Takes fixes as they come, whether or not anything is painted. @param {Object} state @param {Set<number>} places */
  function moved(state, places) {
    if (map) quanyu.mapMovers.moved(state.workers, places);
  }

  quanyu.map = {
    snapshot, paint, moved, filter, fit,
    style: (feature) => quanyu.mapGrids.style(feature),
    onEachFeature: (feature, layer) => quanyu.mapGrids.register(feature, layer),
    get leaflet() {
      return map;
    },
  };
  if (globalThis.L && globalThis.L.Map) globalThis.L.Map.addInitHook(hook);
})((globalThis.quanyu = globalThis.quanyu || {}));
