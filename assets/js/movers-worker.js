/** Runs the movers' engine off the page's thread. */
(function (quanyu) {
  "use strict";

  const later = globalThis.requestAnimationFrame
    ? (callback) => globalThis.requestAnimationFrame(callback)
    : (callback) => setTimeout(callback, 16);

  const engine = quanyu.moversEngine.create({
    make: (width, height) => new OffscreenCanvas(width, height),
    later,
    show(canvas, view) {
      const bitmap = canvas.transferToImageBitmap();
      globalThis.postMessage({ bitmap, id: view.id }, [bitmap]);
    },
  });

  globalThis.onmessage = ({ data }) => {
    if (data.ask !== undefined) globalThis.postMessage({ points: quanyu.trailsStore.points(engine.trails, data.ask) });
    else engine.receive(data);
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
