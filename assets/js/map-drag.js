/**
 * While the map is dragged its grids and its movers are one picture. A machine without a graphics processor moves one
 * layer of a 4K wall at full pace, but not two; nor one, while the panels beside it are painted anew.
 */
(function (quanyu) {
  "use strict";

  const REHEARSE_MS = 5000;
  /** @type {?HTMLCanvasElement} */
  let picture = null;
  /** @type {HTMLCanvasElement[]} */
  let hidden = [];
  let dragging = false;
  /** What waits for the end of the drag. @type {Set<function(): void>} */
  const waiting = new Set();

  /** The canvases of the map that show something, lowest first. @param {L.Map} map */
  function layers(map) {
    return ["overlayPane", "movers"]
      .flatMap((name) => [...map.getPane(name).querySelectorAll("canvas")])
      .filter((canvas) => canvas !== picture && canvas.width && canvas.style.visibility !== "hidden");
  }

  const box = (canvas) => {
    const { x, y } = L.DomUtil.getPosition(canvas) || { x: 0, y: 0 };
    return { canvas, x, y, right: x + canvas.offsetWidth, bottom: y + canvas.offsetHeight };
  };

  /** Draws what is there into one opaque canvas and shows it in their stead. @param {L.Map} map */
  function merge(map) {
    if (hidden.length) return;
    const boxes = layers(map).map(box);
    if (boxes.length < 2) return;
    const x = Math.min(...boxes.map((one) => one.x));
    const y = Math.min(...boxes.map((one) => one.y));
    const width = Math.max(...boxes.map((one) => one.right)) - x;
    const height = Math.max(...boxes.map((one) => one.bottom)) - y;
    const ratio = devicePixelRatio || 1;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (picture.width !== wide || picture.height !== high) [picture.width, picture.height] = [wide, high];
    const context = picture.getContext("2d", { alpha: false });
    context.fillStyle = quanyu.dom.token("--bg");
    context.fillRect(0, 0, picture.width, picture.height);
    for (const one of boxes) {
      const place = [one.x - x, one.y - y, one.right - one.x, one.bottom - one.y].map((size) => size * ratio);
      context.drawImage(one.canvas, ...place);
    }
    picture.style.width = `${width}px`;
    picture.style.height = `${height}px`;
    L.DomUtil.setPosition(picture, L.point(x, y));
    picture.style.opacity = "";
    hidden = boxes.map((one) => one.canvas);
    for (const canvas of hidden) canvas.style.visibility = "hidden";
  }

  /** The live layers again; the picture keeps its memory for the next time. */
  function part() {
    if (!hidden.length) return;
    for (const canvas of hidden) canvas.style.visibility = "";
    hidden = [];
    picture.style.opacity = "0";
  }

  /** Shows the same pixels for two frames: the first time costs a tenth of a second, which no drag shall feel. */
  function rehearse(map) {
    merge(map);
    requestAnimationFrame(() => requestAnimationFrame(part));
  }

  /** The hand is off the map: its layers live again, and all that has waited happens. */
  function rest() {
    dragging = false;
    part();
    for (const happen of [...waiting]) happen();
  }

  /**
   * Calls back in the next frame; while the map is dragged at its end, but within `most_ms` all the same.
   * @param {function(): void} callback @param {number} most_ms
   */
  function spared(callback, most_ms) {
    if (!dragging) return void requestAnimationFrame(callback);
    const happen = () => {
      clearTimeout(timer);
      waiting.delete(happen);
      requestAnimationFrame(callback);
    };
    const timer = setTimeout(happen, most_ms);
    waiting.add(happen);
  }

  quanyu.mapDrag = {
    spared,
    /** @param {L.Map} map whose layers stand */
    attach(map) {
      picture = quanyu.dom.el("canvas");
      picture.setAttribute("aria-hidden", "true");
      picture.style.opacity = "0";
      map.getPane("movers").append(picture);
      map.on("dragstart", () => {
        dragging = true;
        merge(map);
      });
      map.on("moveend", rest);
      setTimeout(rehearse, REHEARSE_MS, map);
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
