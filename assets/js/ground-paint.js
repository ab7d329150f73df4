/** Regions as areas and lines on a canvas. Pure: everything comes in, nothing is kept. */
(function (quanyu) {
  "use strict";

  /** Begins a path around shapes. @param {CanvasRenderingContext2D} context @param {Iterable<Shape>} shapes @param {View} view */
  function trace(context, shapes, { k, dx, dy }) {
    context.beginPath();
    for (const { rings } of shapes) {
      for (const ring of rings) {
        for (let i = 0; i < ring.length; i += 2) {
          if (i) context.lineTo(ring[i] * k + dx, ring[i + 1] * k + dy);
          else context.moveTo(ring[i] * k + dx, ring[i + 1] * k + dy);
        }
        context.closePath();
      }
    }
  }

  /** Whether any of a shape can be seen. */
  function visible({ box }, { k, dx, dy, width, height }) {
    return box[2] * k + dx > 0 && box[0] * k + dx < width && box[3] * k + dy > 0 && box[1] * k + dy < height;
  }

  /**
   * Areas, one path a colour. @param {Iterable<Shape>} shapes
   * @param {function(Shape): (string|CanvasPattern|null)} colour null: left open
   */
  function fill(context, shapes, view, colour) {
    const groups = new Map();
    for (const shape of shapes) {
      const own = visible(shape, view) && colour(shape);
      if (!own) continue;
      if (groups.has(own)) groups.get(own).push(shape);
      else groups.set(own, [shape]);
    }
    for (const [own, group] of groups) {
      trace(context, group, view);
      context.fillStyle = own;
      context.fill("evenodd");
    }
  }

  /** @param {Iterable<Shape>} shapes @param {string} colour @param {number} width pixels @param {number} [alpha] */
  function line(context, shapes, view, colour, width, alpha) {
    trace(context, [...shapes].filter((shape) => visible(shape, view)), view);
    context.lineJoin = "round";
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.globalAlpha = alpha ?? 1;
    context.stroke();
    context.globalAlpha = 1;
  }

  /** A pattern of slanted lines: nothing known, nothing done. @param {string} colour @param {View} view */
  function hatch(context, colour, { unit, ratio }) {
    const size = Math.max(4, Math.round(6 * unit * ratio));
    const tile = Object.assign(document.createElement("canvas"), { width: size, height: size });
    const pen = tile.getContext("2d");
    pen.strokeStyle = colour;
    pen.lineWidth = Math.max(1, unit * ratio);
    pen.beginPath();
    for (const shift of [-size, 0, size]) {
      pen.moveTo(shift, size);
      pen.lineTo(shift + size, 0);
    }
    pen.stroke();
    const pattern = context.createPattern(tile, "repeat");
    pattern.setTransform(new DOMMatrix().scale(1 / ratio));
    return pattern;
  }

  quanyu.groundPaint = { trace, fill, line, hatch, visible };
})((globalThis.quanyu = globalThis.quanyu || {}));
