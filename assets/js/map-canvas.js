/** A canvas in a pane of its own, as large as the map and a margin, that moves with the map. Owns size and place. */
(function (quanyu) {
  "use strict";

  const MARGIN = 0.12;

  /**
   * @param {L.Map} map @param {string} pane @param {number} level z-index of the pane
   * @param {function(Object): void} redraw called when the map has come to rest at a new place
   * @param {boolean} [twice] a second canvas to draw on while the first is seen
   */
  function create(map, pane, level, redraw, twice) {
    const box = map.createPane(pane);
    box.style.zIndex = String(level);
    box.style.pointerEvents = "none";
    const canvases = [0, 1].slice(0, twice ? 2 : 1).map(() => {
      const canvas = document.createElement("canvas");
      canvas.setAttribute("aria-hidden", "true");
      box.append(canvas);
      return canvas;
    });
    let shown = 0;
    const layer = {
      map, corner: { x: 0, y: 0 }, width: 0, height: 0, ratio: 1, redraw,
      /** The context to draw on, in CSS pixels. @returns {CanvasRenderingContext2D} */
      context() {
        return contexts[twice ? 1 - shown : 0];
      },
      /** Empties the canvas to draw on. */
      clear() {
        const context = layer.context();
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.clearRect(0, 0, context.canvas.width, context.canvas.height);
        context.setTransform(layer.ratio, 0, 0, layer.ratio, 0, 0);
        return context;
      },
      /** Shows what was drawn on the hidden canvas. */
      swap() {
        shown = 1 - shown;
        canvases[shown].style.visibility = "visible";
        canvases[1 - shown].style.visibility = "hidden";
      },
      /** Pixels of x, y (see mercator). */
      view: () => quanyu.mercator.view(map, layer.corner),
      place,
    };
    const contexts = canvases.map((canvas) => canvas.getContext("2d"));

    function place() {
      const size = map.getSize();
      const ratio = devicePixelRatio || 1;
      const margin = { x: Math.round(size.x * MARGIN), y: Math.round(size.y * MARGIN) };
      layer.width = size.x + 2 * margin.x;
      layer.height = size.y + 2 * margin.y;
      layer.ratio = ratio;
      layer.corner = map.containerPointToLayerPoint([-margin.x, -margin.y]);
      for (const canvas of canvases) {
        const [width, height] = [Math.round(layer.width * ratio), Math.round(layer.height * ratio)];
        if (canvas.width !== width) canvas.width = width;
        if (canvas.height !== height) canvas.height = height;
        canvas.style.width = `${layer.width}px`;
        canvas.style.height = `${layer.height}px`;
        L.DomUtil.setPosition(canvas, L.point(layer.corner.x, layer.corner.y));
      }
      redraw(layer);
    }

    map.on("moveend resize", place);
    if (twice) layer.swap();
    return layer;
  }

  quanyu.mapCanvas = { create };
})((globalThis.quanyu = globalThis.quanyu || {}));
