/**
 * The layer of borders, trails and workers: one canvas that shows the bitmaps of the movers' engine, and what the
 * engine must know. Owns the canvas's place on the map.
 */
(function (quanyu) {
  "use strict";

  const MARGIN = 0.1;
  const VIEWS = 16;
  const PATIENCE_MS = 1500;
  let map = null;
  let canvas = null;
  let send = () => {};
  /** Ends the engine of a map that is gone. */
  let end = () => {};
  let views = new Map();
  let view_id = 0;
  let stale = false;
  let shown = 0;
  let ratio = 1;
  /** Told when a view is shown. @type {Map<number, function(): void>} */
  const waiting = new Map();
  let ask = null;
  /** How long a trail is; undefined: as long as ways are kept. @type {number|undefined} */
  let trail_s;

  /** Starts the engine in a worker, else in the page. */
  function start() {
    end();
    end = () => {};
    const script = document.querySelector("script[data-movers]")?.dataset.movers;
    if (script && typeof OffscreenCanvas !== "undefined" && typeof Worker !== "undefined") {
      const worker = new Worker(script, { name: "quanyu-movers" });
      const target = canvas.getContext("bitmaprenderer");
      worker.onmessage = ({ data }) => {
        if (data.points) return ask && ask(data.points);
        place(data.id, () => {
          if (canvas.width !== data.bitmap.width) canvas.width = data.bitmap.width;
          if (canvas.height !== data.bitmap.height) canvas.height = data.bitmap.height;
          target.transferFromImageBitmap(data.bitmap);
        });
      };
      send = (message) => worker.postMessage(message);
      end = () => worker.terminate();
      return;
    }
    const context = canvas.getContext("2d");
    const make = (width, height) => Object.assign(document.createElement("canvas"), { width, height });
    const engine = quanyu.moversEngine.create({
      make,
      later: (callback) => requestAnimationFrame(callback),
      show: (from, view) => place(view.id, () => {
        [canvas.width, canvas.height] = [from.width, from.height];
        context.drawImage(from, 0, 0);
      }),
    });
    send = (message) => engine.receive(message);
  }

  /** Shows a drawing at the place on the map that it was made for. */
  function place(id, draw) {
    const view = views.get(id);
    if (!view) return;
    draw();
    shown = performance.now();
    waiting.get(id)?.();
    waiting.delete(id);
    if (canvas.quanyuView === id) return;
    canvas.quanyuView = id;
    canvas.style.width = `${view.width}px`;
    canvas.style.height = `${view.height}px`;
    L.DomUtil.setPosition(canvas, L.point(view.corner.x, view.corner.y));
    canvas.style.visibility = "visible";
  }

  let looking = 0;

  /** Fitting moves the map several times in a row: only where it comes to rest counts. */
  function lookSoon() {
    looking = looking || requestAnimationFrame(() => {
      looking = 0;
      look();
    });
  }

  /** Tells the engine what part of the world the map shows. */
  function look() {
    const size = map.getSize();
    if (!size.x || !size.y) return;
    const margin = [Math.round(size.x * MARGIN), Math.round(size.y * MARGIN)];
    const corner = map.containerPointToLayerPoint([-margin[0], -margin[1]]);
    const { k, dx, dy } = quanyu.mercator.view(map, corner);
    const { token, scale } = quanyu.dom;
    const view = {
      id: ++view_id, k, dx, dy, width: size.x + 2 * margin[0], height: size.y + 2 * margin[1],
      ratio: Math.max(ratio, devicePixelRatio || 1), unit: scale(), trail_s,
      colours: {
        sea: token("--bg"), street: token("--map-street-line"), trail: token("--map-trail"), worker: token("--map-worker"),
        halo: token("--map-worker-halo"), dim: token("--text-2"), warn: token("--warn"), bad: token("--bad"), community: token("--map-community-line"),
      },
    };
    const last = views.get(view_id - 1);
    if (last && last.k !== k) canvas.style.visibility = "hidden";
    views.set(view.id, { corner, width: view.width, height: view.height, k });
    if (views.size > VIEWS) views.delete(views.keys().next().value);
    send({ kind: "view", view });
  }

  const ahead = () => quanyu.clock.now() - Date.now();

  /** Fixes of some workers as numbers. @param {Workers} workers @param {Iterable<number>} places @param {number} count */
  function rows(workers, places, count) {
    const { mercator } = quanyu;
    const numbers = new Float64Array(count * 5);
    let at = 0;
    for (const i of places) {
      numbers[at++] = i;
      numbers[at++] = mercator.x(workers.places[2 * i] / 1e5);
      numbers[at++] = mercator.y(workers.places[2 * i + 1] / 1e5);
      numbers[at++] = workers.fixed[i];
      numbers[at++] = workers.flags[i];
    }
    return numbers;
  }

  let known = 0;

  quanyu.mapMovers = {
    /** @param {L.Map} given */
    attach(given) {
      map = given;
      const pane = map.createPane("movers");
      pane.style.zIndex = "420";
      pane.style.pointerEvents = "none";
      canvas = quanyu.dom.el("canvas");
      canvas.setAttribute("aria-hidden", "true");
      pane.append(canvas);
      views = new Map();
      start();
      map.on("moveend resize", lookSoon);
      map.on("dragstart", () => send({ kind: "hold", value: true }));
      map.on("dragend", () => send({ kind: "hold", value: false }));
    },
    look: lookSoon,
    /** @param {number} seconds that trails take to fade; 0: none */
    fade(seconds) {
      trail_s = seconds;
      if (map) lookSoon();
    },
    /** @param {Workers} workers @param {string} [ways] where their ways of the last half hour are */
    adopt(workers, ways) {
      known = workers.size;
      const all = Array.from({ length: workers.size }, (_, i) => i);
      send({ kind: "adopt", ahead_ms: ahead(), ids: workers.ids.slice(0, workers.size), rows: rows(workers, all, all.length) });
      const [ox, oy] = quanyu.mercator.origin();
      send({ kind: "remember", url: ways || "/live/trails", ox, oy });
    },
    /** @param {Workers} workers @param {Set<number>} places */
    moved(workers, places) {
      const fresh = [];
      for (; known < workers.size; known++) fresh.push([known, workers.ids[known]]);
      send({ kind: "heard", ahead_ms: ahead(), ids: fresh, rows: rows(workers, places, places.size) });
    },
    /** @param {{kind: string}} message something else that the engine draws */
    tell: (message) => send(message),
    /** @param {Array} shapes outlines by level: the whole (district), its streets, its communities */
    borders: (shapes) => send({ kind: "borders", shapes }),
    /** Old fixes look like those of nobody who is heard of, and their trails are not drawn. @param {boolean} value */
    setStale(value) {
      if (stale === value) return;
      stale = value;
      send({ kind: "stale", value });
    },
    /** The points that are kept of a worker's way. @param {number} i @returns {Promise<Array>} */
    points(i) {
      return new Promise((done) => {
        ask = done;
        send({ ask: i });
      });
    },
    /**
     * Draws in more points for a while, where a part of the page holds the map.
     * @param {Element} within @param {number} sharp points for each pixel
     * @returns {Promise<function(): void>} ends it
     */
    async sharper(within, sharp) {
      if (!canvas || !within.contains(canvas)) return () => {};
      ratio = sharp;
      look();
      await Promise.race([new Promise((done) => waiting.set(view_id, () => done(undefined))), new Promise((done) => setTimeout(done, PATIENCE_MS))]);
      return () => {
        ratio = 1;
        look();
      };
    },
    /** When something was shown last (performance.now). */
    get shown() {
      return shown;
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
