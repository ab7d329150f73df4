/** Where a name may stand: near its point, clear of what is taken. Pure. */
(function (quanyu) {
  "use strict";

  /** Offsets to try, nearest first, in design pixels. */
  const OFFSETS = [[0, 0]];
  for (const ring of [14, 26, 38, 52, 68]) {
    for (let step = 0; step < 12; step++) {
      const angle = (step * Math.PI) / 6;
      OFFSETS.push([Math.round(1.6 * ring * Math.cos(angle)), Math.round(ring * Math.sin(angle))]);
    }
  }

  function overlap(a, b) {
    const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
    const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
    return width > 0 && height > 0 ? width * height : 0;
  }

  /**
   * The offset with the least cost: what it covers, and how far it is.
   * @param {number} x pixels @param {number} y @param {number} width @param {number} height
   * @param {number[][]} taken boxes @param {number} unit pixels of a design pixel @param {?number[]} last offset so far
   * @returns {{cost: number, offset: number[], box: number[]}}
   */
  function best(x, y, width, height, taken, unit, last) {
    let found = { cost: Infinity, offset: OFFSETS[0], box: null };
    for (const offset of OFFSETS) {
      const [cx, cy] = [x + offset[0] * unit, y + offset[1] * unit];
      const box = [cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2];
      let cost = Math.hypot(offset[0], offset[1]) * unit * unit * 4;
      for (const other of taken) cost += overlap(box, other) * 3;
      if (last && last[0] === offset[0] && last[1] === offset[1]) cost *= 0.6;
      if (cost < found.cost) found = { cost, offset, box };
      if (cost === 0) break;
    }
    return found;
  }

  let ruler = null;
  /** Widths of texts already measured, by font and text. */
  let widths = new Map();

  /** Width of a text in pixels. @param {string} text @param {string} font as CSS */
  function widthOf(text, font) {
    const key = font + text;
    let width = widths.get(key);
    if (width === undefined) {
      if (widths.size > 2000) widths = new Map();
      ruler = ruler || document.createElement("canvas").getContext("2d");
      ruler.font = font;
      width = ruler.measureText(text).width;
      widths.set(key, width);
    }
    return width;
  }

  quanyu.labelPlaces = { best, overlap, widthOf };
})((globalThis.quanyu = globalThis.quanyu || {}));
