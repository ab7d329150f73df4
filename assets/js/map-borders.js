/** Outlines of the district and its streets, gathered from the geometry and given to the movers' layer. */
(function (quanyu) {
  "use strict";

  /** @type {Array<{level: string, rings: Float64Array[]}>} */
  let shapes = [];
  let pending = 0;

  /** Keeps the outline of a street or of the district. @param {Object} feature GeoJSON */
  function add(feature) {
    const { type, coordinates } = feature.geometry;
    const polygons = type === "Polygon" ? [coordinates] : type === "MultiPolygon" ? coordinates : [];
    const rings = polygons.flat().map((ring) => {
      const points = new Float64Array(ring.length * 2);
      ring.forEach(([lon, lat], i) => {
        points[2 * i] = quanyu.mercator.x(lon);
        points[2 * i + 1] = quanyu.mercator.y(lat);
      });
      return points;
    });
    shapes.push({ level: feature.properties.level, rings });
    if (!pending) pending = requestAnimationFrame(() => {
      pending = 0;
      quanyu.mapMovers.borders(shapes);
    });
  }

  quanyu.mapBorders = {
    add,
    clear() {
      shapes = [];
    },
    /** Rings of the district, else of all streets; for fitting the view. */
    outline() {
      const district = shapes.filter((shape) => shape.level === "district");
      return (district.length ? district : shapes).flatMap((shape) => shape.rings);
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
