/**
 * Pictures of panels as files: a drawing as text, or in twice as many points as on screen. A file says below the panel
 * what it shows; a copy is the panel alone, as it is on screen.
 */
(function (quanyu) {
  "use strict";

  const SHARP = 2;
  const EDGE = 12;
  const LINE = 18;
  const SIZE = 12;
  const MOST_LINES = 12;

  /**
   * @typedef {{title: string, lines: Array<[string, string]>, file_name: string}} Caption
   * @param {HTMLElement} panel @param {?Caption} caption
   * @returns {Promise<{text: string, width: number, height: number}>}
   */
  async function drawing(panel, caption) {
    await document.fonts.ready;
    const calm = await quanyu.mapMovers.sharper(panel, SHARP);
    try {
      const made = quanyu.pictureDrawing.of(panel);
      const height = made.height + (caption ? foot(made, caption) : 0);
      for (const [name, value] of [["height", height], ["viewBox", `0 0 ${made.width} ${height}`]]) made.svg.setAttribute(name, String(value));
      return { text: new XMLSerializer().serializeToString(made.svg), width: made.width, height };
    } finally {
      calm();
    }
  }

  /** What the picture says below the panel; how high that is. @param {Caption} caption */
  function foot({ svg: root, width, height: top }, caption) {
    const { svg, token, scale } = quanyu.dom;
    const unit = scale();
    const pen = document.createElement("canvas").getContext("2d");
    const family = token("--font-ui");
    pen.font = `${SIZE * unit}px ${family}`;
    const said = caption.lines.map(([name, text]) => `${name} ${text}`);
    const lines = [caption.title, ...said.flatMap((line) => wrapped(line, width - 2 * EDGE * unit, pen))].slice(0, MOST_LINES);
    const height = (lines.length * LINE + 2 * EDGE) * unit;
    root.append(svg("rect", { x: 0, y: top, width, height, fill: token("--bg") }));
    lines.forEach((line, i) => {
      const text = svg("text", {
        x: EDGE * unit, y: top + (EDGE + LINE * (i + 0.75)) * unit, "font-family": family, "font-size": `${SIZE * unit}px`,
        "font-weight": i ? 400 : 700, fill: token(i ? "--text-2" : "--text-1"),
      });
      text.textContent = line;
      root.append(text);
    });
    return height;
  }

  /** A line in pieces that fit. @param {string} line @param {number} room @param {CanvasRenderingContext2D} pen */
  function wrapped(line, room, pen) {
    const found = [""];
    for (const word of line.match(/[\x21-\x7e]+\s?|[^\x21-\x7e]/gu) || []) {
      const last = found[found.length - 1];
      if (last && pen.measureText(last + word.trimEnd()).width > room) found.push(word);
      else found[found.length - 1] = last + word;
    }
    return found;
  }

  /** The same in points. @returns {Promise<Blob>} */
  async function points({ text, width, height }) {
    const picture = new Image();
    const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
    try {
      picture.src = url;
      await picture.decode();
      const ratio = SHARP * (devicePixelRatio > 1 ? devicePixelRatio : 1);
      const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(width * ratio), height: Math.round(height * ratio) });
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      return await new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("blank"))), "image/png"));
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  quanyu.pictureFile = {
    /** @param {HTMLElement} panel @param {?Caption} caption @returns {Promise<Blob>} */
    png: (panel, caption) => drawing(panel, caption).then(points),
    /** @param {HTMLElement} panel @param {?Caption} caption @returns {Promise<Blob>} */
    svg: (panel, caption) => drawing(panel, caption).then(({ text }) => new Blob([`<?xml version="1.0" encoding="UTF-8"?>\n${text}`], { type: "image/svg+xml" })),
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
