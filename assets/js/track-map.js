/**
 * A map of days that were walked: the own grid with its cells, the way with its gaps, stops and events, and a head that
 * can be set to any moment. Several workers at once, each in a colour. Owns the Leaflet map and its layers; time, play
 * and lists are the page's.
 */
(function (quanyu) {
  "use strict";

  const HUES = ["--accent", "--cat-2", "--cat-4", "--cat-7", "--cat-3", "--cat-6", "--cat-5", "--cat-8"];
  const NEAR_PX = 14;
  const EDGE_PX = 24;

  /** West, north, east, south of a way; noise is left out. @param {Track} track */
  function boxOf(track) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < track.size; i++) {
      if (track.verdict[i]) continue;
      box[0] = Math.min(box[0], track.x[i]);
      box[1] = Math.min(box[1], track.y[i]);
      box[2] = Math.max(box[2], track.x[i]);
      box[3] = Math.max(box[3], track.y[i]);
    }
    return box;
  }

  /**
   * Makes a map in an element that has a size.
   * @param {HTMLElement} node
   * @param {{onStop?: function(number), onEvent?: function(Object), onPlace?: function(number)}} [told]
   *   a stop's number from 0, an event, and the moment at which the worker passed the spot that was clicked
   */
  function create(node, told = {}) {
    const map = L.map(node, { center: [30, 104], zoom: 14, zoomSnap: 0, zoomDelta: 0.75, zoomControl: false, attributionControl: false, zoomAnimation: false, fadeAnimation: false, maxZoom: 20 });
    /** @type {?Atlas} */
    let atlas = null;
    /** @type {Track[]} */
    let tracks = [];
    let moment = NaN;
    let chosen = null;
    let raw = false;
    let asked = 0;
    let names = new Map();

    const ground = quanyu.mapCanvas.attach(map, "ground", 410, paintGround);
    const ways = quanyu.mapCanvas.attach(map, "ways", 420, paintWays);
    const heads = quanyu.mapCanvas.attach(map, "heads", 430, paintHeads);

    const alone = () => tracks.length === 1;
    const colour = (i) => quanyu.dom.token(HUES[alone() ? 0 : i % HUES.length]);
    const own = () => (atlas && tracks.length ? atlas.shapes.get(tracks[0].region) : null);

    function paintGround(pen, view) {
      const { groundPaint, trackPaint, dom } = quanyu;
      if (alone() && tracks[0].coverage) trackPaint.cells(pen, tracks[0].coverage, view);
      const shape = own();
      if (!shape) return;
      const others = [...atlas.shapes.values()].filter((one) => one.level === shape.level && one !== shape);
      groundPaint.line(pen, others, view, dom.token("--line-2"), 1 * view.unit);
      groundPaint.line(pen, [shape], view, dom.token("--accent-strong"), 2 * view.unit);
      for (const one of others) {
        const name = names.get(one.code);
        if (!name || !groundPaint.visible(one, view)) continue;
        pen.globalAlpha = 0.75;
        trackPaint.label(pen, ((one.box[0] + one.box[2]) / 2) * view.k + view.dx, ((one.box[1] + one.box[3]) / 2) * view.k + view.dy, name, view.unit);
        pen.globalAlpha = 1;
      }
    }

    function paintWays(pen, view) {
      tracks.forEach((track, i) => {
        quanyu.trackPaint.way(pen, track, view, colour(i));
        if (raw) quanyu.trackPaint.fixes(pen, track, view);
      });
    }

    function paintHeads(pen, view) {
      const { trackPaint, dom } = quanyu;
      const ms = Number.isNaN(moment) ? Infinity : moment;
      tracks.forEach((track, i) => {
        const hue = colour(i);
        if (Number.isFinite(ms)) trackPaint.walked(pen, track, view, ms, hue, alone() ? dom.token("--accent-strong") : hue);
        if (alone()) {
          trackPaint.away(pen, track, view);
          trackPaint.stops(pen, track, view, chosen);
          trackPaint.events(pen, track, view, quanyu.clock.now());
        }
      });
      if (Number.isFinite(ms)) tracks.forEach((track, i) => trackPaint.head(pen, track, view, ms, colour(i), alone() ? "" : track.name || track.code));
    }

    function redraw() {
      ground.redraw();
      ways.redraw();
      heads.redraw();
    }

    /** Shows the own grid and all that was walked. */
    function fit() {
      const boxes = tracks.filter((track) => track.size).map(boxOf);
      const shape = own();
      if (shape) boxes.push(shape.box);
      if (!boxes.length || !map.getSize().x) return;
      const [west, north, east, south] = [0, 1, 2, 3].map((side) => boxes.map((box) => box[side]).reduce((a, b) => (side < 2 ? Math.min(a, b) : Math.max(a, b))));
      const { k, dx, dy } = quanyu.mercator.view(map, { x: 0, y: 0 });
      const corner = (x, y) => map.layerPointToLatLng(L.point(x * k + dx, y * k + dy));
      map.fitBounds(L.latLngBounds(corner(west, south), corner(east, north)), { padding: [EDGE_PX, EDGE_PX], animate: false });
    }

    /** What lies at a spot of the map: a stop, an event, or the nearest point of the way. */
    function press({ layerPoint, latlng }) {
      const view = quanyu.mercator.view(map, { x: 0, y: 0 });
      const far = (one) => Math.hypot(one.x * view.k + view.dx - layerPoint.x, one.y * view.k + view.dy - layerPoint.y);
      if (!alone() || !latlng) return;
      const [track] = tracks;
      const unit = quanyu.dom.scale();
      const event = track.events.find((one) => far(one) < NEAR_PX * unit);
      if (event && told.onEvent) return told.onEvent(event);
      const stop = track.stops.findIndex((one) => far(one) < quanyu.trackPaint.sizeOf(one.lasted_s) * unit);
      if (stop >= 0 && told.onStop) return told.onStop(stop);
      let [best, found] = [NEAR_PX * unit, -1];
      for (let i = 0; i < track.size; i++) {
        if (track.verdict[i]) continue;
        const away = far({ x: track.x[i], y: track.y[i] });
        if (away < best) [best, found] = [away, i];
      }
      if (found >= 0 && told.onPlace) told.onPlace(track.ms[found]);
    }

    map.on("click", press);
    const sizes = new ResizeObserver(() => map.invalidateSize({ animate: false, pan: false }));
    sizes.observe(node);

    return {
      map,
      fit,
      /**
       * Shows the answers of the interface, one a worker. The view stays where `keep` says so: another look at the same day.
       * @param {Object[]} answers @param {{raw?: boolean, keep?: boolean, names?: Map<string, string>}} [how] names of grids by code
       * @returns {Promise<Track[]>}
       */
      async show(answers, how = {}) {
        const turn = ++asked;
        const found = await quanyu.shapes.load().catch(() => null);
        if (turn !== asked) return tracks;
        atlas = found;
        tracks = answers.map(quanyu.trackStore.read);
        raw = Boolean(how.raw);
        names = how.names || names;
        chosen = null;
        if (!how.keep) fit();
        redraw();
        return tracks;
      },
      /** Sets the head to a moment; NaN: no head. @param {number} ms */
      head(ms) {
        moment = ms;
        heads.redraw();
      },
      /** @param {?number} stop from 0 */
      choose(stop) {
        chosen = stop;
        heads.redraw();
      },
      /** Keeps the head in sight. @param {number} ms */
      follow(ms) {
        const here = tracks.length && quanyu.trackStore.at(tracks[0], ms);
        if (!here) return;
        const { k, dx, dy } = quanyu.mercator.view(map, { x: 0, y: 0 });
        const spot = map.layerPointToLatLng(L.point(here.x * k + dx, here.y * k + dy));
        if (!map.getBounds().pad(-0.1).contains(spot)) map.panTo(spot, { animate: false });
      },
      get tracks() {
        return tracks;
      },
      get atlas() {
        return atlas;
      },
      remove() {
        sizes.disconnect();
        for (const layer of [ground, ways, heads]) layer.remove();
        map.remove();
      },
    };
  }

  quanyu.trackMap = { create, HUES };
})((globalThis.quanyu = globalThis.quanyu || {}));
