/** Where the words of a target stand beside its line, so that no other line runs through them. Pure. */
(function (quanyu) {
  "use strict";

  const PLACES = 9;
  const SAMPLES = 12;
  /** How far from the target's line, in heights of the words, nearest first. */
  const STEPS = [0, 0.35, 0.7];

  /**
   * @typedef {Object} Plot a chart in pixels, from its upper left corner
   * @property {number} width @property {number} height
   * @property {number} target where the target's line is
   * @property {Array<Array<[number, number]>>} lines what is drawn, as points
   */

  /**
   * The left end and the upper edge of the words: near the target's line, at the right end while there is room.
   * @param {Plot} plot @param {{width: number, height: number}} words
   * @returns {{x: number, y: number}}
   */
  function place(plot, words) {
    const free = Math.max(0, plot.width - words.width);
    let best = null;
    for (const step of STEPS) {
      for (let at = 0; at < PLACES; at += 1) {
        const x = free * (1 - at / (PLACES - 1));
        for (const y of [plot.target - words.height * (1 + step), plot.target + words.height * step]) {
          if (y < 0 || y + words.height > plot.height) continue;
          const met = meets(plot.lines, { x, y, ...words });
          if (!met) return { x, y };
          if (!best || met < best.met) best = { x, y, met };
        }
      }
    }
    return best ? { x: best.x, y: best.y } : { x: free, y: Math.min(Math.max(0, plot.target - words.height), plot.height - words.height) };
  }

  /** How much of the lines is within a box. @param {Array<Array<[number, number]>>} lines @param {{x: number, y: number, width: number, height: number}} box */
  function meets(lines, box) {
    const inside = ([x, y]) => x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;
    let met = 0;
    for (const line of lines) {
      for (let i = 0; i < line.length; i += 1) {
        const [a, b] = [line[Math.max(0, i - 1)], line[i]];
        for (let k = 1; k <= SAMPLES; k += 1) {
          if (inside([a[0] + ((b[0] - a[0]) * k) / SAMPLES, a[1] + ((b[1] - a[1]) * k) / SAMPLES])) met += 1;
        }
      }
    }
    return met;
  }

  quanyu.targetLabel = { place };
})((globalThis.quanyu = globalThis.quanyu || {}));
