/**
 * A worker's day as the page keeps it: points in typed arrays, gaps, stops, and where the worker was at any moment.
 * Pure. Nothing is invented: in a gap the worker is where the last fix was.
 */
(function (quanyu) {
  "use strict";

  const TENTH_MS = 100;
  /** Between two fixes the head slides; longer than this apart it waits for the next one. */
  const SLIDE_MS = 120000;

  /**
   * @typedef {Object} Track
   * @property {string} code of the worker @property {?string} name
   * @property {number} size @property {Float64Array} ms @property {Float64Array} x @property {Float64Array} y see mercator
   * @property {Uint8Array} verdict 0 for a sound fix @property {Uint8Array} breaks 1 where a gap follows a point
   * @property {Array<{from: number, to: number, x: number, y: number, lasted_s: number}>} stops
   * @property {Array<{from: number, to: number, reason: string}>} gaps
   * @property {Array<{from: number, to: number}>} away
   * @property {Object[]} events with x, y @property {?Object} coverage
   * @property {?{start: number, mps: Array<?number>}} speeds @property {number} start ms @property {number} end ms
   * @property {string} region code of the own grid
   */

  /** Reads an answer of /api/v1/workers/CODE/track, or one worker of /api/v1/tracks. @returns {Track} */
  function read(answer) {
    const { mercator } = quanyu;
    const { t, x, y, verdict, breaks } = answer.points;
    const begin = Date.parse(answer.start);
    const size = t.length;
    const track = {
      code: answer.worker.code, name: answer.worker.name, region: answer.worker.region.code, size,
      ms: new Float64Array(size), x: new Float64Array(size), y: new Float64Array(size),
      verdict: new Uint8Array(size), breaks: new Uint8Array(size),
      stops: (answer.stops || []).map((stop) => ({ ...span(stop), ...spot(stop), lasted_s: stop.lasted_s })),
      gaps: (answer.gaps || []).map((gap) => ({ ...span(gap), reason: gap.reason })),
      away: (answer.away || []).map(span),
      events: (answer.events || []).filter((one) => one.lon !== null && one.lat !== null).map((one) => ({ ...one, ...spot(one) })),
      coverage: answer.coverage || null,
      speeds: answer.speeds ? { start: Date.parse(answer.speeds.start), mps: answer.speeds.mps } : null,
      start: begin, end: begin,
    };
    for (let i = 0; i < size; i++) {
      track.ms[i] = begin + t[i] * TENTH_MS;
      track.x[i] = mercator.x(x[i] / 1e6);
      track.y[i] = mercator.y(y[i] / 1e6);
    }
    (verdict || []).forEach((one, i) => (track.verdict[i] = one));
    for (const i of breaks || []) track.breaks[i] = 1;
    if (size) [track.start, track.end] = [track.ms[0], track.ms[size - 1]];
    return track;
  }

  const spot = ({ lon, lat }) => ({ x: quanyu.mercator.x(lon), y: quanyu.mercator.y(lat) });
  const span = ({ from, to }) => ({ from: Date.parse(from), to: to ? Date.parse(to) : Infinity });

  /** The last point at or before a moment; -1 before the first. @param {Track} track @param {number} ms */
  function before(track, ms) {
    let [low, high] = [0, track.size];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (track.ms[middle] <= ms) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /**
   * Where the worker was at a moment: between two fixes on the line between them; in a gap, before the first fix and
   * after the last one at the nearest that is known.
   * @returns {?{x: number, y: number, i: number, turn: ?number, known: boolean}} turn: heading in radians, 0 to the right
   */
  function at(track, ms) {
    if (!track.size) return null;
    const i = before(track, ms);
    if (i < 0) return { x: track.x[0], y: track.y[0], i: 0, turn: null, known: false };
    const next = i + 1;
    const length = next < track.size ? track.ms[next] - track.ms[i] : 0;
    const bridged = length > 0 && length <= SLIDE_MS && !track.breaks[i];
    const part = bridged ? (ms - track.ms[i]) / length : 0;
    const [dx, dy] = bridged ? [track.x[next] - track.x[i], track.y[next] - track.y[i]] : [0, 0];
    const known = next < track.size ? !track.breaks[i] : ms - track.ms[i] <= SLIDE_MS;
    return { x: track.x[i] + dx * part, y: track.y[i] + dy * part, i, turn: turnOf(track, i), known };
  }

  /** The way that the worker faces at a point: along the last move that can be seen. */
  function turnOf(track, i) {
    for (let j = Math.min(i + 1, track.size - 1); j > 0 && j > i - 20; j--) {
      if (track.breaks[j - 1]) return null;
      const [dx, dy] = [track.x[j] - track.x[j - 1], track.y[j] - track.y[j - 1]];
      if (dx || dy) return Math.atan2(dy, dx);
    }
    return null;
  }

  /** Speed at a moment, m/s; null where nobody knows. @param {number} [step_ms] how long one value stands for */
  function speed(track, ms, step_ms) {
    if (!track.speeds) return null;
    return track.speeds.mps[Math.floor((ms - track.speeds.start) / (step_ms || 60000))] ?? null;
  }

  /** The gap that a moment lies in, if any. */
  function gapAt(track, ms) {
    return track.gaps.find((gap) => gap.from < ms && ms < gap.to) || null;
  }

  quanyu.trackStore = { read, before, at, speed, gapAt };
})((globalThis.quanyu = globalThis.quanyu || {}));
