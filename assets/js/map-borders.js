/** Outlines of the district and its streets, on a canvas of their own above the grids. */
(function (quanyu) {
  "use strict";

  /** @type {Array<{level: string, rings: Float32Array[]}>} */
  let shapes = [];
  let layer = null;
  let pending = 0;

  /** Keeps the outline of a street or of the district. @param {Object} feature GeoJSON */
  function add(feature) {
    const { type, coordinates } = feature.geometry;
    const polygons = type === "Polygon" ? [coordinates] : type === "MultiPolygon" ? coordinates : [];
    const rings = polygons.flat().map((ring) => {
      const points = new Float32Array(ring.length * 2);
      ring.forEach(([lon, lat], i) => {
        points[2 * i] = quanyu.mercator.x(lon);
        points[2 * i + 1] = quanyu.mercator.y(lat);
      });
      return points;
    });
    shapes.push({ level: feature.properties.level, rings });
    if (!pending) pending = requestAnimationFrame(() => {
      pending = 0;
      if (layer) draw(layer);
    });
  }

  function trace(context, level, { k, dx, dy }) {
    context.beginPath();
    for (const shape of shapes) {
      if (shape.level !== level) continue;
      for (const ring of shape.rings) {
        for (let i = 0; i < ring.length; i += 2) {
          const [x, y] = [ring[i] * k + dx, ring[i + 1] * k + dy];
          if (i) context.lineTo(x, y);
          else context.moveTo(x, y);
        }
        context.closePath();
      }
    }
  }

  function stroke(context, colour, width, alpha) {
    context.strokeStyle = colour;
    context.lineWidth = width * quanyu.dom.scale();
    context.globalAlpha = alpha;
    context.stroke();
  }

  function draw(canvas) {
    const context = canvas.clear();
    const view = canvas.view();
    const [halo, line] = [quanyu.dom.token("--bg"), quanyu.dom.token("--map-street-line")];
    context.lineJoin = "round";
    trace(context, "street", view);
    stroke(context, halo, 4.2, 0.65);
    stroke(context, line, 1.5, 0.82);
    trace(context, "district", view);
    stroke(context, line, 2.6, 1);
    context.globalAlpha = 1;
  }

  quanyu.mapBorders = {
    add,
    /** @param {L.Map} map */
    attach(map) {
      layer = quanyu.mapCanvas.create(map, "borders", 410, draw);
    },
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
