/** Drawing borders, trails and dots on a canvas. Pure: everything comes in, nothing is kept. */
(function (quanyu) {
  "use strict";

  const BANDS = [0.14, 0.28, 0.48, 0.75];
  const BAND_S = 450;
  const LEAST_PX = 1.2;
  const TAU = 2 * Math.PI;

  /**
   * How x, y (see mercator) become pixels, and what things look like.
   * @typedef {Object} View
   * @property {number} id
   * @property {number} k
   * @property {number} dx
   * @property {number} dy
   * @property {number} width CSS pixels
   * @property {number} height
   * @property {number} ratio device pixels of a CSS pixel
   * @property {number} unit CSS pixels of a design pixel
   * @property {Object<string, string>} colours
   */

  function outline(context, shapes, level, { k, dx, dy }) {
    context.beginPath();
    for (const shape of shapes) {
      if (shape.level !== level) continue;
      for (const ring of shape.rings) {
        for (let i = 0; i < ring.length; i += 2) {
          if (i) context.lineTo(ring[i] * k + dx, ring[i + 1] * k + dy);
          else context.moveTo(ring[i] * k + dx, ring[i + 1] * k + dy);
        }
        context.closePath();
      }
    }
  }

  function stroke(context, colour, width, alpha) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.globalAlpha = alpha;
    context.stroke();
  }

  /** Communities, streets with a dark edge, and the whole around them. @param {View} view */
  function borders(context, shapes, view) {
    const { unit, colours } = view;
    context.lineJoin = "round";
    outline(context, shapes, "community", view);
    stroke(context, colours.community, 1 * unit, 0.8);
    outline(context, shapes, "street", view);
    stroke(context, colours.sea, 4.2 * unit, 0.65);
    stroke(context, colours.street, 1.5 * unit, 0.82);
    outline(context, shapes, "district", view);
    stroke(context, colours.street, 2.6 * unit, 1);
    context.globalAlpha = 1;
  }

  /** The part of one way that lies in an age band; a way breaks where fixes are missing. */
  function way(context, trails, i, { k, dx, dy }, oldest, newest) {
    const { POINTS, GAP_S } = quanyu.trailsStore;
    const { x, y, t, head, size } = trails;
    const base = i * POINTS;
    let before = base + head[i];
    let px = x[before] * k + dx;
    let py = y[before] * k + dy;
    let drawn = false;
    for (let p = 1; p < size[i]; p++) {
      const place = base + ((head[i] + p) % POINTS);
      const qx = x[place] * k + dx;
      const qy = y[place] * k + dy;
      if (t[place] <= oldest || t[place] > newest || t[place] - t[before] > GAP_S) {
        drawn = false;
        px = qx;
        py = qy;
      } else if (Math.abs(qx - px) + Math.abs(qy - py) >= LEAST_PX) {
        if (!drawn) context.moveTo(px, py);
        context.lineTo(qx, qy);
        drawn = true;
        px = qx;
        py = qy;
      }
      before = place;
    }
  }

  /**
   * Ways of the workers from..to in four steps of age, the newest the brightest.
   * @param {function(number): boolean} shown @param {number} now_s seconds since the trails' base
   */
  function ways(context, trails, view, from, to, shown, now_s) {
    context.lineWidth = 1.3 * view.unit * (view.crowd || 1);
    context.lineCap = "round";
    context.lineJoin = "round";
    context.strokeStyle = view.colours.trail;
    const band_s = (view.trail_s ?? BANDS.length * BAND_S) / BANDS.length;
    for (let band = 0; band < BANDS.length; band++) {
      const oldest = now_s - (BANDS.length - band) * band_s;
      const newest = band === BANDS.length - 1 ? Infinity : oldest + band_s;
      context.beginPath();
      for (let i = from; i < to; i++) if (trails.size[i] > 1 && shown(i)) way(context, trails, i, view, oldest, newest);
      context.globalAlpha = BANDS[band] * (view.crowd || 1);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  /** Squares that stand still, and labels with a dark edge. @param {{labels: Array, squares: Array, style: Object}} over */
  function over(context, { labels, squares, style }, { k, dx, dy, unit }) {
    const half = 6 * unit;
    context.fillStyle = style.bad;
    context.strokeStyle = style.sea;
    context.lineWidth = half * 0.27;
    for (const [x, y] of squares) {
      context.fillRect(x * k + dx - half, y * k + dy - half, 2 * half, 2 * half);
      context.strokeRect(x * k + dx - half, y * k + dy - half, 2 * half, 2 * half);
    }
    context.lineJoin = "round";
    context.strokeStyle = style.halo;
    context.lineWidth = style.edge;
    for (const { x, y, texts } of labels) {
      for (const { text, font, colour, left, line } of texts) {
        context.font = font;
        context.fillStyle = colour;
        context.strokeText(text, x * k + dx + left, y * k + dy + line);
        context.fillText(text, x * k + dx + left, y * k + dy + line);
      }
    }
  }

  /** Paths around 0, 0 in design pixels, by the order of the wire's flags: a shape for each thing that somebody does. */
  const SHAPES = [
    (context) => context.arc(0, 0, 1.9, 0, TAU),
    (context) => {
      context.arc(0, 0, 1.9, 0, TAU);
      context.moveTo(3.4, 0);
      context.arc(0, 0, 3.4, 0, TAU);
      context.arc(0, 0, 2.6, 0, TAU, true);
    },
    (context) => polygon(context, [[0, -2.7], [2.7, 2.1], [-2.7, 2.1]]),
    (context) => context.rect(-2.2, -2.2, 4.4, 4.4),
    (context) => {
      context.arc(0, 0, 2.6, 0, TAU);
      context.arc(0, 0, 1.4, 0, TAU, true);
    },
  ];
  /** Their colours in a view's. */
  const COLOURS = ["worker", "worker", "warn", "bad", "dim"];
  const EDGE = 1.2;

  function polygon(context, corners) {
    corners.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.closePath();
  }

  /**
   * How workers look, drawn once to be stamped: on patrol a disc, handling a disc in a ring, still a triangle, off the
   * grid a square, offline a ring. @param {function} make a canvas @param {number} crowd 1 or less
   */
  function looks(make, { unit: whole, ratio, colours }, crowd) {
    const unit = whole * crowd;
    const size = Math.ceil(10 * unit * ratio) + 2;
    return SHAPES.map((shape, i) => {
      const canvas = make(size, size);
      const context = canvas.getContext("2d");
      context.setTransform(unit * ratio, 0, 0, unit * ratio, size / 2, size / 2);
      context.beginPath();
      shape(context);
      context.lineJoin = "round";
      stroke(context, colours.halo, 2 * EDGE, 1);
      context.fillStyle = colours[COLOURS[i]];
      context.fill();
      return canvas.transferToImageBitmap ? canvas.transferToImageBitmap() : canvas;
    });
  }

  quanyu.moversPaint = { borders, ways, looks, over };
})((globalThis.quanyu = globalThis.quanyu || {}));
