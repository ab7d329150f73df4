/**
 * How many events there are a square kilometre around each place: a kernel density on a mesh. Pure.
 *
 * Kernel: the quartic (biweight) one, K(u) = 3 / (pi r^2) (1 - u^2)^2 within the radius r (Silverman, Density
 * Estimation for Statistics and Data Analysis, 1986, eq. 4.5). Its sum over the plane is the number of events.
 */
(function (quanyu) {
  "use strict";

  const FINE = 8;
  const MOST_CELLS = 250000;
  const RADII_M = [50, 100, 200, 300, 500, 1000, 2000, 5000];

  /** The radius for an area of such a width. @param {number} width_m */
  function radius(width_m) {
    return RADII_M.find((one) => one >= width_m / 14) || RADII_M[RADII_M.length - 1];
  }

  /**
   * @typedef {Object} Mesh
   * @property {Float32Array} values events per km², row by row @property {number} wide @property {number} high
   * @property {number} x west @property {number} y north @property {number} cell size, in x, y @property {number} most
   */

  /**
   * @param {Array<{x: number, y: number, n: number}>} points @param {number[]} box west, north, east, south
   * @param {number} radius_m @param {number} m_per_x metres of one unit of x @returns {Mesh}
   */
  function mesh(points, box, radius_m, m_per_x) {
    const reach = radius_m / m_per_x;
    const [x, y] = [box[0] - reach, box[1] - reach];
    const [width, height] = [box[2] - box[0] + 2 * reach, box[3] - box[1] + 2 * reach];
    const cell = Math.max(reach / FINE, Math.sqrt((width * height) / MOST_CELLS));
    const [wide, high] = [Math.ceil(width / cell) + 1, Math.ceil(height / cell) + 1];
    const values = new Float32Array(wide * high);
    const scale = 3 / (Math.PI * (radius_m / 1000) ** 2);
    for (const point of points) {
      const [px, py] = [(point.x - x) / cell, (point.y - y) / cell];
      const r = reach / cell;
      for (let row = Math.max(0, Math.ceil(py - r)); row <= Math.min(high - 1, py + r); row++) {
        for (let column = Math.max(0, Math.ceil(px - r)); column <= Math.min(wide - 1, px + r); column++) {
          const u2 = ((column - px) ** 2 + (row - py) ** 2) / (r * r);
          if (u2 < 1) values[row * wide + column] += point.n * scale * (1 - u2) ** 2;
        }
      }
    }
    let most = 0;
    for (const value of values) if (value > most) most = value;
    return { values, wide, high, x, y, cell, most };
  }

  /** The density at a place, between the mesh's points. @param {Mesh} all */
  function at({ values, wide, high, x, y, cell }, px, py) {
    const [column, row] = [(px - x) / cell, (py - y) / cell];
    const [left, top] = [Math.floor(column), Math.floor(row)];
    if (left < 0 || top < 0 || left >= wide - 1 || top >= high - 1) return 0;
    const [fx, fy, i] = [column - left, row - top, top * wide + left];
    const upper = values[i] * (1 - fx) + values[i + 1] * fx;
    const lower = values[i + wide] * (1 - fx) + values[i + wide + 1] * fx;
    return upper * (1 - fy) + lower * fy;
  }

  /** Five bounds of classes up to the highest density, round numbers. @param {number} most */
  function breaks(most) {
    if (!most) return [1, 2, 3, 4, 5];
    const raw = most / 6;
    const ten = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((one) => one * ten).find((one) => one >= raw);
    return [1, 2, 3, 4, 5].map((i) => Number((i * step).toPrecision(6)));
  }

  quanyu.density = { radius, mesh, at, breaks };
})((globalThis.quanyu = globalThis.quanyu || {}));
