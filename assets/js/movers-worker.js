/** Runs the movers' engine off the page's thread. In the page itself this file does nothing. */
(function (quanyu) {
  "use strict";

  if (typeof DedicatedWorkerGlobalScope === "undefined" || !(globalThis instanceof DedicatedWorkerGlobalScope)) return;

  let engine = null;
  const later = globalThis.requestAnimationFrame
    ? (callback) => globalThis.requestAnimationFrame(callback)
    : (callback) => setTimeout(callback, 16);

  /** The first message names the scripts to load; all others are the engine's. */
  globalThis.onmessage = ({ data }) => {
    if (!engine) {
      importScripts(...data.scripts);
      engine = quanyu.moversEngine.create({
        make: (width, height) => new OffscreenCanvas(width, height),
        later,
        show(canvas, view) {
          const bitmap = canvas.transferToImageBitmap();
          globalThis.postMessage({ bitmap, id: view.id }, [bitmap]);
        },
      });
      return;
    }
    if (data.ask !== undefined) globalThis.postMessage({ points: quanyu.trailsStore.points(engine.trails, data.ask) });
    else engine.receive(data);
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
