/**
 * The last thirty minutes of every worker's way, in typed rings. Pure.
 * A ring keeps about two points a minute; the newest point is always the last fix.
 */
(function (quanyu) {
  "use strict";

  const POINTS = 80;
  const KEEP_S = 1800;
  const STEP_S = 25;
  const GAP_S = 300;

  /** @param {number} workers */
  function create(workers) {
    return {
      x: new Float32Array(workers * POINTS), y: new Float32Array(workers * POINTS),
      t: new Int32Array(workers * POINTS), head: new Uint8Array(workers), size: new Uint8Array(workers), base_s: 0,
    };
  }

  /** Room for more workers. */
  function fit(all, workers) {
    if (all.size.length >= workers) return all;
    const grown = create(Math.max(workers, all.size.length * 2));
    for (const key of ["x", "y", "t", "head", "size"]) grown[key].set(all[key]);
    grown.base_s = all.base_s;
    return grown;
  }

  /** Place in the arrays of point p (0 the oldest) of worker i. */
  function at(all, i, p) {
    return i * POINTS + ((all.head[i] + p) % POINTS);
  }

  /** Adds a fix; older ones than the newest are ignored. @param {number} ms time of the fix */
  function note(all, i, x, y, ms) {
    const t = Math.floor(ms / 1000) - all.base_s;
    const size = all.size[i];
    if (size) {
      const last = at(all, i, size - 1);
      if (t <= all.t[last]) return;
      if (size > 1 && all.t[last] - all.t[at(all, i, size - 2)] < STEP_S) {
        all.x[last] = x;
        all.y[last] = y;
        all.t[last] = t;
        return;
      }
    }
    if (size === POINTS) all.head[i] = (all.head[i] + 1) % POINTS;
    else all.size[i] = size + 1;
    const place = at(all, i, all.size[i] - 1);
    all.x[place] = x;
    all.y[place] = y;
    all.t[place] = t;
  }

  /** The points of a worker as [x, y, ms], oldest first. */
  function points(all, i) {
    const found = [];
    for (let p = 0; p < all.size[i]; p++) {
      const place = at(all, i, p);
      found.push([all.x[place], all.y[place], (all.t[place] + all.base_s) * 1000]);
    }
    return found;
  }

  /** Puts what the server remembers before what was heard since. @param {Array<[number, number, number]>} older */
  function prepend(all, i, older) {
    const own = points(all, i);
    all.size[i] = 0;
    all.head[i] = 0;
    for (const [x, y, ms] of older) note(all, i, x, y, ms);
    for (const [x, y, ms] of own) note(all, i, x, y, ms);
  }

  /** Forgets a worker's way. */
  function forget(all, i) {
    all.size[i] = 0;
    all.head[i] = 0;
  }

  quanyu.trailsStore = { POINTS, KEEP_S, GAP_S, create, fit, at, note, points, prepend, forget };
})((globalThis.quanyu = globalThis.quanyu || {}));
