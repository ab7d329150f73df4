/** Web Mercator around a fixed origin, so that 32-bit floats keep centimetres. Pure. */
(function (quanyu) {
  "use strict";

  let ox = 0.5;
  let oy = 0.5;

  /** World x of a longitude, 0 to 1. @param {number} lon */
  function worldX(lon) {
    return lon / 360 + 0.5;
  }

  /** World y of a latitude, 0 to 1. @param {number} lat */
  function worldY(lat) {
    const sine = Math.sin((lat * Math.PI) / 180);
    return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  }

  quanyu.mercator = {
    worldX,
    worldY,
    /** Sets the origin, near everything that will be drawn. @param {number} lon @param {number} lat */
    setOrigin(lon, lat) {
      ox = worldX(lon);
      oy = worldY(lat);
    },
    origin: () => [ox, oy],
    x: (lon) => worldX(lon) - ox,
    y: (lat) => worldY(lat) - oy,
    /**
     * How to turn x, y into pixels of a canvas: px = x * k + dx.
     * @param {L.Map} map @param {{x: number, y: number}} corner the canvas's corner in layer points
     */
    view(map, corner) {
      const k = 256 * 2 ** map.getZoom();
      const origin = map.getPixelOrigin();
      return { k, dx: ox * k - origin.x - corner.x, dy: oy * k - origin.y - corner.y };
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
