/** A canvas of our own in a Leaflet map: kept in place, in sharp pixels, drawn again when the view comes to rest. */
(function (quanyu) {
  "use strict";

  const MARGIN = 0.1;
  const SHARP = 2;
  /** How each canvas draws what it shows. @type {WeakMap<HTMLCanvasElement, function(CanvasRenderingContext2D): void>} */
  const drawers = new WeakMap();

  /**
   * @param {L.Map} map @param {string} name of the pane @param {number} level its z-index
   * @param {function(CanvasRenderingContext2D, View): void} draw
   * @returns {{redraw: function(): void, remove: function(): void, canvas: HTMLCanvasElement}}
   */
  function attach(map, name, level, draw) {
    const pane = map.getPane(name) || map.createPane(name);
    pane.style.zIndex = String(level);
    pane.style.pointerEvents = "none";
    const canvas = quanyu.dom.el("canvas");
    canvas.setAttribute("aria-hidden", "true");
    pane.append(canvas);
    let pending = 0;
    let shown = { width: 0, height: 0 };
    drawers.set(canvas, (pen) => shown.width && draw(pen, { ...shown, ratio: SHARP }));

    function paint() {
      pending = 0;
      const size = map.getSize();
      if (!size.x || !size.y) return;
      const margin = [Math.round(size.x * MARGIN), Math.round(size.y * MARGIN)];
      const corner = map.containerPointToLayerPoint([-margin[0], -margin[1]]);
      const [width, height] = [size.x + 2 * margin[0], size.y + 2 * margin[1]];
      const ratio = devicePixelRatio || 1;
      const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
      if (canvas.width !== wide || canvas.height !== high) {
        [canvas.width, canvas.height] = [wide, high];
        canvas.style.width = `${width}px`;
        canvas.style.height = `${height}px`;
      }
      const context = canvas.getContext("2d");
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, wide, high);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      L.DomUtil.setPosition(canvas, corner);
      shown = { ...quanyu.mercator.view(map, corner), width, height, ratio, unit: quanyu.dom.scale() };
      draw(context, shown);
    }

    function redraw() {
      pending = pending || requestAnimationFrame(paint);
    }

    map.on("moveend resize", redraw);
    return {
      redraw, canvas,
      remove() {
        cancelAnimationFrame(pending);
        map.off("moveend resize", redraw);
        canvas.remove();
      },
    };
  }

  quanyu.mapCanvas = {
    attach,
    /** How a canvas draws what it shows, with any pen; nothing where it is not one of ours. @param {HTMLCanvasElement} canvas */
    drawn: (canvas) => drawers.get(canvas),
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
