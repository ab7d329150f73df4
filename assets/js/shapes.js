/**
 * Borders of the regions that the viewer may see, projected once. Owns fetching them and the tree that they form;
 * draws nothing.
 */
(function (quanyu) {
  "use strict";

  /**
   * @typedef {Object} Shape
   * @property {string} code
   * @property {string} level
   * @property {?string} parent
   * @property {Float64Array[]} rings x, y in turn (see mercator)
   * @property {number[]} box west, north, east, south in x, y
   *
   * @typedef {Object} Atlas
   * @property {string} version
   * @property {Map<string, Shape>} shapes
   * @property {Map<?string, Shape[]>} below the children of each region
   */

  const LEVELS = ["district", "street", "community", "grid", "micro_grid"];
  const RETRIES = 4;
  /** @type {?Promise<Atlas>} */
  let asked = null;
  let placed = false;

  /** The borders of now; fetched once, and again after `forget`. @returns {Promise<Atlas>} */
  function load() {
    if (!asked) {
      asked = fetched(0);
      asked.catch(() => (asked = null));
    }
    return asked;
  }

  async function fetched(tries) {
    try {
      const answer = await fetch("/live/map");
      if (!answer.ok) throw new Error(String(answer.status));
      const version = decodeURIComponent(new URL(answer.url).pathname.split("/").pop());
      return atlas(version, (await answer.json()).features);
    } catch (error) {
      if (tries >= RETRIES) throw error;
      await new Promise((done) => setTimeout(done, quanyu.stream.backoff(tries + 1)));
      return fetched(tries + 1);
    }
  }

  /** @param {string} version @param {Object[]} features GeoJSON @returns {Atlas} */
  function atlas(version, features) {
    const shapes = new Map();
    const below = new Map();
    for (const feature of features) {
      if (!placed) placed = origin(feature);
      const shape = read(feature);
      shapes.set(shape.code, shape);
      const siblings = below.get(shape.parent);
      if (siblings) siblings.push(shape);
      else below.set(shape.parent, [shape]);
    }
    return { version, shapes, below };
  }

  /** Puts the projection's origin near all that will be drawn. */
  function origin({ geometry }) {
    const [lon, lat] = geometry.coordinates.flat(geometry.type === "Polygon" ? 1 : 2)[0] || [];
    if (lon === undefined) return false;
    quanyu.mercator.setOrigin(lon, lat);
    return true;
  }

  /** @param {Object} feature @returns {Shape} */
  function read({ properties, geometry }) {
    const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    const rings = polygons.flat().map((ring) => {
      const points = new Float64Array(ring.length * 2);
      ring.forEach(([lon, lat], i) => {
        const [x, y] = [quanyu.mercator.x(lon), quanyu.mercator.y(lat)];
        points[2 * i] = x;
        points[2 * i + 1] = y;
        box[0] = Math.min(box[0], x);
        box[1] = Math.min(box[1], y);
        box[2] = Math.max(box[2], x);
        box[3] = Math.max(box[3], y);
      });
      return points;
    });
    return { code: properties.code, level: properties.level, parent: properties.parent, rings, box };
  }

  /** The regions of a level at or below one, or all of them. @param {Atlas} all @param {string} code @param {?string} level */
  function within(all, code, level) {
    const found = [];
    const walk = (shape) => {
      if (!level || shape.level === level) found.push(shape);
      for (const child of all.below.get(shape.code) || []) walk(child);
    };
    const root = all.shapes.get(code);
    if (root) walk(root);
    return found;
  }

  /** Whether a point lies in a region; holes are outside. @param {Shape} shape */
  function holds({ rings, box }, x, y) {
    if (x < box[0] || x > box[2] || y < box[1] || y > box[3]) return false;
    let inside = false;
    for (const ring of rings) {
      for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
        const [ay, by] = [ring[i + 1], ring[j + 1]];
        if (ay > y !== by > y && x < ((ring[j] - ring[i]) * (y - ay)) / (by - ay) + ring[i]) inside = !inside;
      }
    }
    return inside;
  }

  quanyu.shapes = {
    LEVELS, load, atlas, within, holds,
    /** The next `load` fetches anew. */
    forget() {
      asked = null;
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
