/** One worker whom a map follows: a ring of the accuracy around the last fix, and the name; where the fix is, nowhere else. */
(function (quanyu) {
  "use strict";

  const CLOSE_ZOOM = 16;
  const EARTH_M = 40075016.686;
  const LEAST_PX = 14;
  const EDGE = -0.25;

  /** @param {L.Map} map of workers (see desk-map-workers.js) */
  function create(map) {
    /** @type {?{code: string, name: string, accuracy_m: ?number}} */
    let followed = null;
    let close = false;
    const ring = quanyu.mapCanvas.attach(map, "ring", 430, paint);

    /** The last fix of whom the map follows. */
    function spot() {
      const known = followed && quanyu.deskMapWorkers.known().get(followed.code);
      return known && known.fixed ? known : null;
    }

    function paint(pen, view) {
      const here = spot();
      if (!here) return;
      const { mercator, dom, trackPaint } = quanyu;
      const [x, y] = [mercator.x(here.lon) * view.k + view.dx, mercator.y(here.lat) * view.k + view.dy];
      const per_m = view.k / (EARTH_M * Math.cos((here.lat * Math.PI) / 180));
      const radius = Math.max(LEAST_PX * view.unit, (followed.accuracy_m || 0) * per_m);
      pen.beginPath();
      pen.arc(x, y, radius, 0, 2 * Math.PI);
      pen.fillStyle = dom.token("--accent-wash");
      pen.strokeStyle = dom.token("--accent-strong");
      pen.lineWidth = 2 * view.unit;
      pen.fill();
      pen.stroke();
      trackPaint.label(pen, x, y - radius - 10 * view.unit, followed.name, view.unit);
    }

    function keep() {
      const here = spot();
      if (here) {
        const place = L.latLng(here.lat, here.lon);
        if (close) {
          close = false;
          map.setView(place, Math.max(CLOSE_ZOOM, map.getZoom()), { animate: false });
        } else if (!map.getBounds().pad(EDGE).contains(place)) map.panTo(place, { animate: false });
      }
      ring.redraw();
    }

    function heard({ detail }) {
      if (followed && detail.includes(followed.code)) keep();
    }
    document.addEventListener("quanyu:moved", heard);

    return {
      /** @param {?{code: string, name: string, accuracy_m?: ?number}} who */
      follow(who) {
        const other = (who && who.code) !== (followed && followed.code);
        followed = who;
        if (other) close = Boolean(who);
        if (other || close) keep();
      },
      remove() {
        document.removeEventListener("quanyu:moved", heard);
        ring.remove();
      },
    };
  }

  quanyu.workerFollow = { create };
})((globalThis.quanyu = globalThis.quanyu || {}));
