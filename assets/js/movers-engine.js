/**
 * Workers on the map: their ways and where they are, drawn off the page's thread.
 *
 * Runs in a worker, or in the page where there is none. Ways and borders are drawn on one canvas, now and then; dots
 * are stamped over a copy of it, only when one of them has moved by half a pixel; the copy goes to the page as one
 * bitmap. Between two fixes a dot slides for up to a second.
 */
(function (quanyu) {
  "use strict";

  /** What a worker does is the place of its look (see moversPaint.looks); old news look like no news. */
  const [OFFLINE, HIDDEN] = [4, 255];
  const SLIDE_MS = 1000;
  const LEAST_PX = 0.5;
  const FAST_PX = 1.5;
  const REST_MS = 500;
  /** A larger canvas rests longer: each drawing is copied as a whole. */
  const PX_PER_REST_MS = 2000;
  const SLICE_MS = 6;
  const STRIDE = 64;
  const OFTEN_MS = 1000;
  const MS_PER_WORKER = 0.4;
  const PATCH_PX2 = 500;

  /**
   * @param {{make: function(number, number): *, later: function(function), show: function(*, View)}} env
   */
  function create(env) {
    let movers = quanyu.movers.create(0);
    let trails = quanyu.trailsStore.create(0);
    let shapes = [];
    let overlay = { labels: [], squares: [], style: {} };
    let stale = false;
    let held = false;
    /** @type {?View} the newest view asked for, and the one that `base` was drawn for */
    let wanted = null;
    let view = null;
    let sprites = [];
    let [base, spare, front] = [null, null, null];
    let job = null;
    let trails_due = false;
    let trails_at = -Infinity;
    let dirty = false;
    let owed = false;
    let drawn_at = -Infinity;
    let running = false;

    /** The database's clock is ahead of this machine's by so much. */
    let ahead_ms = 0;
    const clock = () => Date.now() + ahead_ms;
    const look = (i) => {
      const flag = movers.flags[i];
      if (flag === 9 || !movers.fixed[i]) return HIDDEN;
      return stale ? OFFLINE : flag;
    };

    const receive = {
      /** A new set of workers; ways are kept by id. */
      adopt({ ids, rows }) {
        const before = movers;
        movers = quanyu.movers.create(ids.length);
        const kept = quanyu.trailsStore.create(ids.length);
        kept.base_s = Math.floor(clock() / 1000) - 86400;
        ids.forEach((id, i) => {
          movers.index.set(id, i);
          const old = before.index.get(id);
          if (old === undefined) return;
          for (const [x, y, ms] of quanyu.trailsStore.points(trails, old)) quanyu.trailsStore.note(kept, i, x, y, ms);
        });
        trails = kept;
        take(rows, true);
        dirty = true;
      },
      /** Fixes: place, x, y, ms, flag of each, and the ids of those that are new. */
      heard({ rows, ids }) {
        for (const [place, id] of ids || []) movers.index.set(id, place);
        take(rows, false);
      },
      view({ view: next }) {
        wanted = next;
        trails_at = -Infinity;
        trails_due = true;
      },
      borders({ shapes: next }) {
        shapes = next;
        trails_at = -Infinity;
        trails_due = true;
      },
      labels({ labels, squares, style }) {
        overlay = { labels, squares, style };
        dirty = true;
      },
      /** While the map is dragged nothing is drawn: all of the machine is left to the drag. */
      hold({ value }) {
        held = value;
      },
      stale({ value }) {
        stale = value;
        dirty = true;
        trails_at = -Infinity;
        trails_due = true;
      },
      /** The server's memory of the last half hour, which is large: fetched and read here. */
      async remember({ url, ox, oy }) {
        try {
          const answer = await (await fetch(url, { cache: "no-store" })).json();
          recall(answer, ox, oy);
          trails_due = true;
          wake();
        } catch {
          /* Ways grow from what is heard from now on. */
        }
      },
    };

    function take(rows, at_once) {
      const now = performance.now();
      for (let r = 0; r < rows.length; r += 5) {
        const [i, x, y, ms, flag] = [rows[r], rows[r + 1], rows[r + 2], rows[r + 3], rows[r + 4]];
        quanyu.movers.fit(movers, i + 1);
        trails = quanyu.trailsStore.fit(trails, i + 1);
        const before = look(i);
        quanyu.movers.move(movers, i, x, y, ms, flag, now, at_once || before === HIDDEN);
        if (flag === 9) quanyu.trailsStore.forget(trails, i);
        else if (ms) quanyu.trailsStore.note(trails, i, x, y, ms);
        if (before !== look(i)) dirty = true;
      }
      trails_due = true;
    }

    function recall(answer, ox, oy) {
      const { worldX, worldY } = quanyu.mercator;
      for (const id in answer.t) {
        const i = movers.index.get(Number(id));
        if (i === undefined || i >= movers.size) continue;
        const older = answer.t[id].map(([age_s, lon, lat]) => [worldX(lon / 1e5) - ox, worldY(lat / 1e5) - oy, answer.at - age_s * 1000]);
        quanyu.trailsStore.prepend(trails, i, older);
      }
    }

    function clear(canvas, next) {
      const [width, height] = [Math.round(next.width * next.ratio), Math.round(next.height * next.ratio)];
      if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
      }
      const context = canvas.getContext("2d");
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, width, height);
      context.setTransform(next.ratio, 0, 0, next.ratio, 0, 0);
      return context;
    }

    /** Begins to draw borders and ways anew; at another zoom the borders are shown at once, the ways follow. */
    function begin() {
      if (!view || view.k !== wanted.k) {
        underlay();
        turnOver(wanted);
      }
      job = { i: 0, view: wanted, context: underlay(), now_s: clock() / 1000 - trails.base_s };
      trails_due = false;
    }

    /** The spare canvas with borders only. */
    function underlay() {
      spare = spare || env.make(1, 1);
      const context = clear(spare, wanted);
      quanyu.moversPaint.borders(context, shapes, wanted);
      return context;
    }

    function slice() {
      if (job.view !== wanted) return begin();
      const until = performance.now() + SLICE_MS;
      const count = stale ? 0 : movers.size;
      const shown = (i) => movers.flags[i] !== 9;
      while (job.i < count && performance.now() < until) {
        const end = Math.min(count, job.i + STRIDE);
        quanyu.moversPaint.ways(job.context, trails, job.view, job.i, end, shown, job.now_s);
        job.i = end;
      }
      if (job.i < count) return;
      turnOver(job.view);
      job = null;
      trails_at = performance.now();
    }

    /** What was drawn on the spare canvas is the base from now on. */
    function turnOver(next) {
      const crowd = crowding(next);
      if (!view || view.unit !== next.unit || view.ratio !== next.ratio || crowd !== view.crowd) {
        sprites = quanyu.moversPaint.looks(env.make, next, crowd);
      }
      view = next;
      view.crowd = crowd;
      [base, spare] = [spare, base];
      dirty = true;
    }

    /** Dots are smaller where they are many: 1, or down to a half where each has less than a patch of its own. */
    function crowding({ k, dx, dy, width, height }) {
      let count = 0;
      for (let i = 0; i < movers.size; i++) {
        const x = movers.to[2 * i] * k + dx;
        const y = movers.to[2 * i + 1] * k + dy;
        if (look(i) !== HIDDEN && x > 0 && y > 0 && x < width && y < height) count += 1;
      }
      const patch = (width * height) / Math.max(1, count) / PATCH_PX2 / wanted.unit ** 2;
      return Math.max(0.5, Math.min(1, Math.round(Math.sqrt(patch) * 10) / 10));
    }

    function compose(now) {
      front = front || env.make(1, 1);
      const context = clear(front, view);
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.drawImage(base, 0, 0);
      const half = sprites[0].width / 2;
      const { k, dx, dy, ratio, width, height } = view;
      for (let i = 0; i < movers.size; i++) {
        const kind = look(i);
        if (kind === HIDDEN) continue;
        const [x, y] = quanyu.movers.draw(movers, i, now);
        const px = x * k + dx;
        const py = y * k + dy;
        if (px < -8 || py < -8 || px > width + 8 || py > height + 8) continue;
        context.drawImage(sprites[kind], Math.round(px * ratio - half), Math.round(py * ratio - half));
      }
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      quanyu.moversPaint.over(context, overlay, view);
      env.show(front, view);
      drawn_at = now;
      dirty = owed = false;
    }

    function step() {
      running = false;
      if (!wanted || held) return;
      const now = performance.now();
      const pause = Math.max(OFTEN_MS, movers.size * MS_PER_WORKER);
      if (job) slice();
      else if (trails_due && now - trails_at >= pause) begin();
      if (view) {
        const most = quanyu.movers.farthest(movers, now, view.k * view.ratio, SLIDE_MS);
        owed = owed || most >= LEAST_PX;
        const rest = Math.max(REST_MS, (view.width * view.height * view.ratio ** 2) / PX_PER_REST_MS);
        if (dirty || (owed && (most >= FAST_PX || now - drawn_at >= rest))) compose(now);
      }
      if (job || owed || movers.sliding) wake();
      else if (trails_due) setTimeout(wake, Math.max(0, pause - (now - trails_at)));
    }

    function wake() {
      if (running) return;
      running = true;
      env.later(step);
    }

    return {
      /** @param {{kind: string}} message */
      receive(message) {
        ahead_ms = message.ahead_ms ?? ahead_ms;
        receive[message.kind](message);
        wake();
      },
      get trails() {
        return trails;
      },
    };
  }

  quanyu.moversEngine = { create };
})((globalThis.quanyu = globalThis.quanyu || {}));
