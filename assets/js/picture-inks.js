/** Colours of the page as every drawing program knows them: six digits, and how much of what lies below shows through. */
(function (quanyu) {
  "use strict";

  /** @type {Map<string, [string, number]>} */
  const known = new Map();
  let probe = null;

  /** @param {string} colour any that a style may have @returns {[string, number]} six digits, 0 to 1 */
  function plain(colour) {
    const found = known.get(colour);
    if (found) return found;
    probe = probe || Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
    probe.clearRect(0, 0, 1, 1);
    probe.fillStyle = colour;
    probe.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = probe.getImageData(0, 0, 1, 1).data;
    const digits = [red, green, blue].map((one) => one.toString(16).padStart(2, "0")).join("");
    /** @type {[string, number]} */
    const made = [`#${digits}`, Math.round((alpha / 255) * 1000) / 1000];
    known.set(colour, made);
    return made;
  }

  /** Attributes of something in a colour. @param {"fill"|"stroke"} name @param {string} colour @returns {Object<string, string|number>} */
  function ink(name, colour) {
    const [digits, alpha] = plain(colour);
    return alpha < 1 ? { [name]: digits, [`${name}-opacity`]: alpha } : { [name]: digits };
  }

  quanyu.pictureInks = { ink, clear: (colour) => plain(colour)[1] === 0 };
})((globalThis.quanyu = globalThis.quanyu || {}));
