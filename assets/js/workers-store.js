/** Where every worker is, in typed arrays. Pure: no page, no clock. */
(function (quanyu) {
  "use strict";

  const GONE = 9;
  const NEVER = 0;

  /**
   * @typedef {Object} Workers
   * @property {Map<number, number>} index place of each worker id
   * @property {number[]} ids
   * @property {string[]} codes
   * @property {string[]} grids
   * @property {number} size
   * @property {Int32Array} anchors lon, lat in turn, 1e-5 degrees
   * @property {Int32Array} places lon, lat in turn, 1e-5 degrees
   * @property {Float64Array} fixed time of the fix, ms; 0 for none
   * @property {Uint8Array} flags
   */

  /** @param {number} capacity @returns {Workers} */
  function create(capacity) {
    return {
      index: new Map(), ids: [], codes: [], grids: [], size: 0,
      anchors: new Int32Array(capacity * 2), places: new Int32Array(capacity * 2),
      fixed: new Float64Array(capacity), flags: new Uint8Array(capacity),
    };
  }

  /** @param {Workers} all */
  function grow(all) {
    const capacity = Math.max(256, all.fixed.length * 2);
    for (const [key, made] of [
      ["anchors", new Int32Array(capacity * 2)], ["places", new Int32Array(capacity * 2)],
      ["fixed", new Float64Array(capacity)], ["flags", new Uint8Array(capacity)],
    ]) {
      made.set(all[key]);
      all[key] = made;
    }
  }

  /** Adds a worker, or renews what is known of one. @param {Workers} all @param {Array} row id, code, grid, lon, lat */
  function introduce(all, row) {
    let i = all.index.get(row[0]);
    if (i === undefined) {
      if (all.size === all.fixed.length) grow(all);
      i = all.size++;
      all.index.set(row[0], i);
      all.ids[i] = row[0];
      all.flags[i] = GONE;
    }
    all.codes[i] = row[1];
    all.grids[i] = row[2];
    all.anchors[2 * i] = row[3];
    all.anchors[2 * i + 1] = row[4];
    return i;
  }

  /** Places one worker. @param {Workers} all @param {number} i @param {number} at ms @param {Array} fix age_s, dx, dy, flags */
  function place(all, i, at, fix) {
    const [age_s, dx, dy, flags] = fix;
    all.flags[i] = flags;
    if (flags === GONE || age_s === null || dx === null) {
      if (flags !== GONE) all.fixed[i] = NEVER;
      return;
    }
    all.places[2 * i] = all.anchors[2 * i] + dx;
    all.places[2 * i + 1] = all.anchors[2 * i + 1] + dy;
    all.fixed[i] = at - age_s * 1000;
  }

  /** All workers of a snapshot. @param {Array[]} rows @param {number} at @returns {Workers} */
  function load(rows, at) {
    const all = create(Math.max(256, rows.length + 64));
    for (const row of rows) place(all, introduce(all, row), at, row.slice(5));
    return all;
  }

  /** Applies one part of a move frame; gives the places that changed. @param {Workers} all @param {Object} part */
  function move(all, part) {
    const changed = [];
    for (const row of part.w || []) introduce(all, row);
    for (const row of part.m || []) {
      const i = all.index.get(row[0]);
      if (i === undefined) continue;
      place(all, i, part.at, row.slice(1));
      changed.push(i);
    }
    return changed;
  }

  quanyu.workersStore = { GONE, load, move, create };
})((globalThis.quanyu = globalThis.quanyu || {}));
