/** Where events are dense: steps of lightness over the region, drawn from a mesh that does not change with the view. */
(function (quanyu) {
  "use strict";

  const PIXEL = 2;
  let layer = null;
  /** @type {?Mesh} */
  let mesh = null;
  let breaks = [];
  let areas = [];

  /** The bytes of a colour token. @param {string} name */
  function bytes(name) {
    const probe = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
    probe.fillStyle = quanyu.dom.token(name);
    probe.fillRect(0, 0, 1, 1);
    return [...probe.getImageData(0, 0, 1, 1).data];
  }

  function draw(context, view) {
    if (!mesh || !mesh.most) return;
    const palette = [1, 2, 3, 4, 5].map((load) => bytes(`--load-${load}`));
    const { k, dx, dy } = view;
    const [wide, high] = [Math.ceil(view.width / PIXEL), Math.ceil(view.height / PIXEL)];
    const picture = new ImageData(wide, high);
    for (let row = 0; row < high; row++) {
      for (let column = 0; column < wide; column++) {
        const value = quanyu.density.at(mesh, (column * PIXEL - dx) / k, (row * PIXEL - dy) / k);
        const step = quanyu.deskMapGround.classOf(value, breaks);
        if (step > 0) picture.data.set(palette[step - 1], 4 * (row * wide + column));
      }
    }
    const stamp = Object.assign(document.createElement("canvas"), { width: wide, height: high });
    stamp.getContext("2d").putImageData(picture, 0, 0);
    context.save();
    quanyu.groundPaint.trace(context, areas, view);
    context.clip("evenodd");
    context.drawImage(stamp, 0, 0, wide * PIXEL, high * PIXEL);
    context.restore();
    quanyu.groundPaint.line(context, areas, view, quanyu.dom.token("--map-grid-line"), 0.8 * view.unit, 0.6);
  }

  quanyu.deskMapHeat = {
    /** @param {L.Map} map */
    attach(map) {
      layer = quanyu.mapCanvas.attach(map, "heat", 412, draw);
    },
    /**
     * @param {Array} points none: nothing is drawn @param {Shape[]} within @param {number} lat of the region
     * @returns {?{breaks: number[], radius_m: number}}
     */
    paint(points, within, lat) {
      areas = within;
      mesh = null;
      if (!points.length || !areas.length) return void layer.redraw();
      const box = [0, 1, 2, 3].map((side) => areas.reduce((best, { box: own }) => (side < 2 ? Math.min : Math.max)(best, own[side]), areas[0].box[side]));
      const m_per_x = 40075016.686 * Math.cos((lat * Math.PI) / 180);
      const radius_m = quanyu.density.radius(Math.max(box[2] - box[0], box[3] - box[1]) * m_per_x);
      mesh = quanyu.density.mesh(points, box, radius_m, m_per_x);
      breaks = quanyu.density.breaks(mesh.most);
      layer.redraw();
      return { breaks, radius_m };
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
