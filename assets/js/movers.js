/** Places of moving dots in typed arrays: where each slides from and to, and where it was drawn last. Pure. */
(function (quanyu) {
  "use strict";

  const SLIDE_MS = 1000;

  /** @param {number} count */
  function create(count) {
    const room = Math.max(64, count);
    return {
      index: new Map(), size: 0, sliding: 0,
      from: new Float64Array(room * 2), to: new Float64Array(room * 2), drawn: new Float64Array(room * 2),
      began: new Float64Array(room), fixed: new Float64Array(room), flags: new Uint8Array(room).fill(9),
      /** Places whose slide has not ended, the first `sliding` of them; 1 in `slides` for each. */
      list: new Int32Array(room), slides: new Uint8Array(room),
    };
  }

  /** Room for at least so many. */
  function fit(all, count) {
    if (all.began.length < count) {
      const grown = create(Math.max(count, all.began.length * 2));
      for (const key of ["from", "to", "drawn", "began", "fixed", "flags", "list", "slides"]) {
        grown[key].set(all[key]);
        all[key] = grown[key];
      }
    }
    all.size = Math.max(all.size, count);
  }

  /** A new fix: the dot slides to it from where it is now, or stands there at once. */
  function move(all, i, x, y, ms, flag, now, at_once) {
    const part = at_once ? 1 : Math.min(1, (now - all.began[i]) / SLIDE_MS);
    const { from, to } = all;
    from[2 * i] = at_once ? x : from[2 * i] + (to[2 * i] - from[2 * i]) * part;
    from[2 * i + 1] = at_once ? y : from[2 * i + 1] + (to[2 * i + 1] - from[2 * i + 1]) * part;
    to[2 * i] = x;
    to[2 * i + 1] = y;
    all.began[i] = now;
    all.fixed[i] = ms;
    all.flags[i] = flag;
    if (!all.slides[i]) {
      all.slides[i] = 1;
      all.list[all.sliding++] = i;
    }
  }

  const here = [0, 0];

  /** Where a dot is now; remembered as drawn there. @returns {number[]} shared: use it before the next call */
  function draw(all, i, now) {
    const part = Math.min(1, (now - all.began[i]) / SLIDE_MS);
    here[0] = all.from[2 * i] + (all.to[2 * i] - all.from[2 * i]) * part;
    here[1] = all.from[2 * i + 1] + (all.to[2 * i + 1] - all.from[2 * i + 1]) * part;
    all.drawn[2 * i] = here[0];
    all.drawn[2 * i + 1] = here[1];
    return here;
  }

  /** The farthest that a sliding dot is from where it was drawn, in pixels; ended slides leave the list. */
  function farthest(all, now, k) {
    const { from, to, drawn, began, list, slides } = all;
    let most = 0;
    let left = 0;
    for (let n = 0; n < all.sliding; n++) {
      const i = list[n];
      const part = Math.min(1, (now - began[i]) / SLIDE_MS);
      const x = from[2 * i] + (to[2 * i] - from[2 * i]) * part - drawn[2 * i];
      const y = from[2 * i + 1] + (to[2 * i + 1] - from[2 * i + 1]) * part - drawn[2 * i + 1];
      most = Math.max(most, Math.abs(x), Math.abs(y));
      if (part < 1) list[left++] = i;
      else slides[i] = 0;
    }
    all.sliding = left;
    return most * k;
  }

  quanyu.movers = { create, fit, move, draw, farthest };
})((globalThis.quanyu = globalThis.quanyu || {}));
