/**
 * What the page knows: the snapshot, and each frame applied to it. Pure: no page, no clock, no network.
 * Owns versions (older news is dropped) and bounds (nothing grows with time).
 */
(function (quanyu) {
  "use strict";

  const RECENT = 50;
  const SLACK = 20;

  /** Everything from a snapshot. @param {Object} snapshot @returns {Object} */
  function load(snapshot) {
    const regions = readRegions(snapshot.regions);
    const state = {
      epoch: snapshot.epoch,
      offset: snapshot.offset,
      as_of: snapshot.as_of,
      release: snapshot.release,
      map_version: snapshot.map_version,
      scope: snapshot.scope || ["*"],
      district: snapshot.district,
      workflow: snapshot.workflow,
      regions,
      streets: [...regions.values()].filter((region) => region.level === "street").map((region) => region.code),
      categories: new Map(snapshot.categories.map((row) => [
        row[0], { id: row[0], code: row[1], level: row[2], top: row[3], zh: row[4], en: row[5] },
      ])),
      counts: new Map(Object.entries(snapshot.indicators).map(([code, counts]) => [code, { ...counts }])),
      trends: new Map(Object.entries(snapshot.trends || {})),
      events: new Map(),
      workers: quanyu.workersStore.load(snapshot.workers, snapshot.as_of),
      feeds: { ...snapshot.feeds },
      changed_ms: 0,
      beat_ms: snapshot.as_of,
    };
    for (const record of snapshot.events) keep(state, record);
    return state;
  }

  /** @param {Array[]} rows @returns {Map<string, Region>} */
  function readRegions(rows) {
    const regions = new Map();
    for (const [code, level, kind, zh, en, parent, lon, lat] of rows) {
      regions.set(code, { code, level, kind, zh, en, parent, lon, lat, street: "" });
    }
    for (const region of regions.values()) {
      let above = region;
      while (above && above.level !== "street") above = regions.get(above.parent);
      region.street = above ? above.code : "";
    }
    return regions;
  }

  /** Keeps a record unless a newer one is known. @returns {boolean} whether it was taken */
  function keep(state, record) {
    const known = state.events.get(record.id);
    if (known && (known.v > record.v || (known.v === record.v && known.u > record.u))) return false;
    state.events.delete(record.id);
    state.events.set(record.id, record);
    if (record.why !== "overdue") state.changed_ms = Math.max(state.changed_ms, record.u);
    return true;
  }

  /** Whether a record stays whatever its age: open, and overdue or an alert. @param {EventRecord} record */
  function pressing(record) {
    return record.state === "open" && (record.late === 1 || record.al > 0);
  }

  /** Drops the oldest records beyond the newest fifty; pressing ones stay. */
  function prune(state) {
    const calm = [...state.events.values()].filter((record) => !pressing(record));
    if (calm.length <= RECENT + SLACK) return;
    calm.sort((a, b) => b.u - a.u);
    for (const record of calm.slice(RECENT)) state.events.delete(record.id);
  }

  /**
   * What a frame changed.
   * @typedef {Object} Changes
   * @property {Set<string>} counts codes whose counters changed
   * @property {Set<number>} news ids of events that were reported or changed, oldest first
   * @property {Set<number>} moved places in the workers' arrays
   * @property {boolean} trend
   * @property {boolean} events
   * @property {boolean} beat
   * @property {boolean} reset
   */
  function nothing() {
    return { counts: new Set(), news: new Set(), moved: new Set(), trend: false, events: false, beat: false, reset: false };
  }

  const APPLY = {
    counts(state, part, changes) {
      for (const code in part.c) {
        const known = state.counts.get(code);
        if (known) Object.assign(known, part.c[code]);
        else state.counts.set(code, { ...part.c[code] });
        changes.counts.add(code);
      }
    },
    event(state, part, changes) {
      if (!keep(state, part.e)) return;
      changes.events = true;
      changes.news.add(part.e.id);
    },
    move(state, part, changes) {
      for (const i of quanyu.workersStore.move(state.workers, part)) changes.moved.add(i);
    },
    trend(state, part, changes) {
      for (const code in part.t) state.trends.set(code, part.t[code]);
      changes.trend = true;
    },
    alert() {},
    beat(state, part, changes) {
      state.beat_ms = part.now;
      Object.assign(state.feeds, part.feeds);
      state.posture = part.posture || null;
      state.latest = { release: part.release, map_version: part.map_version };
      changes.beat = true;
    },
  };

  /** Whether place `b` is later than place `a`. @param {{epoch: number, offset: number}} a @param {Frame} b */
  function isNewer(a, b) {
    return b.epoch > a.epoch || (b.epoch === a.epoch && b.offset > a.offset);
  }

  /**
   * Applies one frame; what is older than the state changes nothing. Frames of one place are parts of a bundle.
   * @param {Object} state @param {Frame} frame @returns {Changes}
   */
  function apply(state, frame) {
    const changes = nothing();
    if (frame.kind === "reset") return { ...changes, reset: true };
    if (isNewer(frame, state)) return changes;
    state.epoch = frame.epoch;
    state.offset = frame.offset;
    const reducer = APPLY[frame.kind];
    if (reducer) for (const part of frame.parts) reducer(state, part, changes);
    if (changes.events) prune(state);
    return changes;
  }

  /** Adds what one frame changed to what earlier ones did. @param {Changes} sum @param {Changes} more */
  function merge(sum, more) {
    for (const code of more.counts) sum.counts.add(code);
    for (const id of more.news) sum.news.add(id);
    for (const i of more.moved) sum.moved.add(i);
    for (const key of ["trend", "events", "beat", "reset"]) sum[key] = sum[key] || more[key];
    return sum;
  }

  quanyu.store = { load, apply, merge, nothing, pressing, isNewer };
})((globalThis.quanyu = globalThis.quanyu || {}));
