/**
 * Where the workers are now: a dot each, on a canvas of its own. Between two fixes a dot slides for up to a second;
 * the canvas is drawn again only when some dot has moved by half a pixel.
 */
(function (quanyu) {
  "use strict";

  const SLIDE_MS = 1000;
  const LEAST_PX = 0.5;
  const FAST_PX = 1.5;
  const REST_MS = 120;
  const [MOVING, STILL, HOLLOW] = [0, 1, 2];
  let layer = null;
  let owner = null;
  let stale = false;
  let sprites = [];
  let size_px = 0;
  let drawn_at = 0;
  let running = false;
  /** from, to and drawn places in x, y (see mercator), and when the slide began. */
  let from = new Float32Array(0);
  let to = new Float32Array(0);
  let drawn = new Float32Array(0);
  let began = new Float64Array(0);
  /** @type {Set<number>} */
  let sliding = new Set();
  let dirty = true;

  function fit(count) {
    if (began.length >= count) return;
    const [f, t, d, b] = [from, to, drawn, began];
    const room = Math.max(count, began.length * 2);
    from = new Float32Array(room * 2);
    to = new Float32Array(room * 2);
    drawn = new Float32Array(room * 2);
    began = new Float64Array(room);
    from.set(f);
    to.set(t);
    drawn.set(d);
    began.set(b);
  }

  /** Takes a new set of workers; all dots stand where they are. @param {Workers} workers */
  function adopt(workers) {
    owner = workers;
    sliding = new Set();
    fit(workers.fixed.length);
    for (let i = 0; i < workers.size; i++) target(i, true);
    wake(true);
  }

  function target(i, at_once) {
    const { mercator } = quanyu;
    const x = mercator.x(owner.places[2 * i] / 1e5);
    const y = mercator.y(owner.places[2 * i + 1] / 1e5);
    const [hx, hy] = at_once ? [x, y] : here(i, performance.now());
    from[2 * i] = hx;
    from[2 * i + 1] = hy;
    to[2 * i] = x;
    to[2 * i + 1] = y;
    began[i] = performance.now();
  }

  function here(i, now) {
    const part = Math.min(1, (now - began[i]) / SLIDE_MS);
    return [from[2 * i] + (to[2 * i] - from[2 * i]) * part, from[2 * i + 1] + (to[2 * i + 1] - from[2 * i + 1]) * part];
  }

  /** Takes new fixes. @param {Workers} workers @param {Iterable<number>} places */
  function moved(workers, places) {
    fit(workers.fixed.length);
    for (const i of places) {
      const fresh = began[i] === 0;
      target(i, fresh || workers.flags[i] === quanyu.workersStore.GONE);
      sliding.add(i);
      if (fresh || look(i) !== looks[i]) dirty = true;
    }
    wake(false);
  }

  let looks = new Uint8Array(0);

  /** How a worker is drawn, 255 for not at all. */
  function look(i) {
    const flag = owner.flags[i];
    if (flag === quanyu.workersStore.GONE || !owner.fixed[i]) return 255;
    if (stale || flag === 4) return HOLLOW;
    return flag === 2 ? STILL : MOVING;
  }

  /** Dots drawn once, to be stamped: at half-pixel steps they look as if drawn afresh. */
  function makeSprites(ratio) {
    const unit = quanyu.dom.scale() * ratio;
    size_px = Math.ceil(8 * unit) + 2;
    sprites = [MOVING, STILL, HOLLOW].map((kind) => {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = size_px;
      const context = canvas.getContext("2d");
      const disc = (radius, colour) => {
        context.beginPath();
        context.arc(size_px / 2, size_px / 2, radius * unit, 0, 2 * Math.PI);
        context.fillStyle = colour;
        context.fill();
      };
      disc(3.1, quanyu.dom.token("--map-worker-halo"));
      if (kind === HOLLOW) {
        disc(2.5, quanyu.dom.token("--text-2"));
        disc(1.4, quanyu.dom.token("--map-worker-halo"));
      } else disc(kind === STILL ? 1.7 : 1.9, quanyu.dom.token(kind === STILL ? "--text-2" : "--map-worker"));
      return canvas;
    });
  }

  function draw(now) {
    const context = layer.clear();
    context.setTransform(1, 0, 0, 1, 0, 0);
    const { k, dx, dy } = layer.view();
    const { ratio, width, height } = layer;
    const half = size_px / 2;
    if (looks.length < owner.fixed.length) looks = new Uint8Array(owner.fixed.length);
    for (let i = 0; i < owner.size; i++) {
      const kind = look(i);
      looks[i] = kind;
      if (kind === 255) continue;
      const part = Math.min(1, (now - began[i]) / SLIDE_MS);
      const x = from[2 * i] + (to[2 * i] - from[2 * i]) * part;
      const y = from[2 * i + 1] + (to[2 * i + 1] - from[2 * i + 1]) * part;
      drawn[2 * i] = x;
      drawn[2 * i + 1] = y;
      const px = x * k + dx;
      const py = y * k + dy;
      if (px < -8 || py < -8 || px > width + 8 || py > height + 8) continue;
      context.drawImage(sprites[kind], px * ratio - half, py * ratio - half);
    }
    drawn_at = now;
    dirty = false;
  }

  /** The farthest that a sliding dot is from where it was drawn, pixels; ended slides are taken off the list. */
  function farthest(now) {
    const k = 256 * 2 ** layer.map.getZoom();
    let most = 0;
    for (const i of sliding) {
      const [x, y] = here(i, now);
      most = Math.max(most, Math.abs(x - drawn[2 * i]) * k, Math.abs(y - drawn[2 * i + 1]) * k);
      if (now - began[i] >= SLIDE_MS) sliding.delete(i);
    }
    return most;
  }

  let owed = false;

  function step(now) {
    running = false;
    if (!layer || !owner) return;
    const most = farthest(now);
    owed = owed || most >= LEAST_PX;
    if (dirty || (owed && (most >= FAST_PX || now - drawn_at >= REST_MS))) {
      draw(now);
      owed = false;
    }
    if (sliding.size || owed) wake(false);
  }

  function wake(all) {
    if (all) dirty = true;
    if (running || !layer) return;
    running = true;
    requestAnimationFrame(step);
  }

  quanyu.mapHeads = {
    adopt, moved,
    /** @param {L.Map} map */
    attach(map) {
      layer = quanyu.mapCanvas.create(map, "heads", 430, (canvas) => {
        makeSprites(canvas.ratio);
        if (owner) draw(performance.now());
      });
    },
    /** Dots of old fixes are hollow. @param {boolean} value */
    setStale(value) {
      if (stale === value) return;
      stale = value;
      wake(true);
    },
    /** The place where a worker is drawn, in the map's pixels. @param {number} i */
    pixel(i) {
      const { k, dx, dy } = layer.view();
      const [x, y] = here(i, performance.now());
      const corner = layer.map.layerPointToContainerPoint(L.point(layer.corner.x, layer.corner.y));
      return { x: x * k + dx + corner.x, y: y * k + dy + corner.y };
    },
    get drawn_at() {
      return drawn_at;
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
