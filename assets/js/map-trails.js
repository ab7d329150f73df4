/** The workers' trails, drawn once for each frame received: four segments by age, broken where fixes are missing. */
(function (quanyu) {
  "use strict";

  const BANDS = [0.14, 0.28, 0.48, 0.75];
  const BAND_S = 450;
  const SLICE_MS = 3;
  const STRIDE = 64;
  const LEAST_PX = 1.2;
  let layer = null;
  let trails = null;
  let job = null;
  let stale = false;
  let owner = null;

  /** Takes a new set of workers; ways already known are kept by id. @param {Workers} workers */
  function adopt(workers, now_ms) {
    const store = quanyu.trailsStore;
    const fresh = store.create(workers.fixed.length);
    fresh.base_s = Math.floor(now_ms / 1000) - 86400;
    if (owner) {
      for (const [id, i] of workers.index) {
        const old = owner.index.get(id);
        if (old !== undefined && old < trails.size.length) {
          for (const [x, y, ms] of store.points(trails, old)) store.note(fresh, i, x, y, ms);
        }
      }
    }
    trails = fresh;
    owner = workers;
    for (let i = 0; i < workers.size; i++) heard(workers, i);
  }

  /** Adds the newest fix of a worker. */
  function heard(workers, i) {
    trails = quanyu.trailsStore.fit(trails || quanyu.trailsStore.create(0), workers.fixed.length);
    if (workers.flags[i] === quanyu.workersStore.GONE) return quanyu.trailsStore.forget(trails, i);
    if (!workers.fixed[i]) return;
    const { mercator } = quanyu;
    const [x, y] = [mercator.x(workers.places[2 * i] / 1e5), mercator.y(workers.places[2 * i + 1] / 1e5)];
    quanyu.trailsStore.note(trails, i, x, y, workers.fixed[i]);
  }

  /** Takes the server's memory of the last half hour. @param {{at: number, t: Object}} answer */
  function remember(workers, answer) {
    const { mercator } = quanyu;
    for (const id in answer.t) {
      const i = workers.index.get(Number(id));
      if (i === undefined) continue;
      const older = answer.t[id].map(([age_s, lon, lat]) => [
        mercator.x(lon / 1e5), mercator.y(lat / 1e5), answer.at - age_s * 1000,
      ]);
      quanyu.trailsStore.prepend(trails, i, older);
    }
    redraw();
  }

  /** Starts drawing anew; a drawing on its way is given up for the newer one only when it is done. */
  function redraw() {
    if (!layer || !owner) return;
    if (job) {
      job.again = true;
      return;
    }
    job = { i: 0, again: false, view: layer.view(), context: layer.clear(), now_s: quanyu.clock.now() / 1000 - trails.base_s };
    const { context } = job;
    context.lineWidth = 1.3 * quanyu.dom.scale();
    context.lineCap = "round";
    context.lineJoin = "round";
    context.strokeStyle = quanyu.dom.token("--map-trail");
    slice();
  }

  function slice() {
    if (!job) return;
    const until = performance.now() + SLICE_MS;
    const count = stale ? 0 : owner.size;
    while (job.i < count && performance.now() < until) {
      const end = Math.min(count, job.i + STRIDE);
      for (let band = 0; band < BANDS.length; band++) strokeBand(job, band, job.i, end);
      job.i = end;
    }
    if (job.i < count) return void requestAnimationFrame(slice);
    layer.swap();
    const { again } = job;
    job = null;
    if (again) redraw();
  }

  /** One age band of the workers from..to as one path. */
  function strokeBand({ context, view, now_s }, band, from, to) {
    const oldest = now_s - (BANDS.length - band) * BAND_S;
    const newest = band === BANDS.length - 1 ? Infinity : oldest + BAND_S;
    context.beginPath();
    for (let i = from; i < to; i++) {
      if (trails.size[i] > 1 && owner.flags[i] !== quanyu.workersStore.GONE) traceOne(context, view, i, oldest, newest);
    }
    context.globalAlpha = BANDS[band];
    context.stroke();
  }

  function traceOne(context, { k, dx, dy }, i, oldest, newest) {
    const { POINTS, GAP_S } = quanyu.trailsStore;
    const { x, y, t, head, size } = trails;
    const base = i * POINTS;
    let before = base + head[i];
    let drawn = false;
    let [px, py] = [x[before] * k + dx, y[before] * k + dy];
    for (let p = 1; p < size[i]; p++) {
      const place = base + ((head[i] + p) % POINTS);
      const inside = t[place] > oldest && t[before] < newest && t[place] <= newest && t[place] - t[before] <= GAP_S;
      const [qx, qy] = [x[place] * k + dx, y[place] * k + dy];
      if (!inside) {
        drawn = false;
        [px, py] = [qx, qy];
      } else if (Math.abs(qx - px) + Math.abs(qy - py) >= LEAST_PX) {
        if (!drawn) context.moveTo(px, py);
        context.lineTo(qx, qy);
        drawn = true;
        [px, py] = [qx, qy];
      }
      before = place;
    }
  }

  quanyu.mapTrails = {
    adopt, heard, remember, redraw,
    /** @param {L.Map} map */
    attach(map) {
      layer = quanyu.mapCanvas.create(map, "trails", 420, () => {
        if (job) job = null;
        redraw();
      }, true);
    },
    /** Trails of old fixes are not drawn. @param {boolean} value */
    setStale(value) {
      if (stale === value) return;
      stale = value;
      redraw();
    },
    /** Points that are kept for a worker. @param {number} i */
    points: (i) => quanyu.trailsStore.points(trails, i),
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
