/**
 * A pen that writes down what a canvas layer draws, as SVG: a map's areas stay areas in a drawing. Knows as much of a
 * canvas as our layers use.
 */
(function (quanyu) {
  "use strict";

  const ANCHORS = { center: "middle", right: "end", end: "end" };
  const FONT = /^(\d+ )?([\d.]+)px ([^]*)$/;
  /** How far a text's line is below its middle, in sizes of its type. */
  const MIDDLE = 0.35;
  let patterns = 0;

  class Pen {
    /** @param {SVGElement} root what is drawn goes in here */
    constructor(root) {
      this.root = root;
      this.path = "";
      this.state = { into: root };
      this.kept = [];
      this.dash = [];
      Object.assign(this, { fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, lineJoin: "miter", lineCap: "butt", globalAlpha: 1 });
      Object.assign(this, { font: "400 10px sans-serif", textAlign: "start", textBaseline: "alphabetic" });
    }

    beginPath() {
      this.path = "";
    }

    moveTo(x, y) {
      this.path += `M${at(x)} ${at(y)}`;
    }

    lineTo(x, y) {
      this.path += `L${at(x)} ${at(y)}`;
    }

    closePath() {
      this.path += "Z";
    }

    rect(x, y, width, height) {
      this.path += `M${at(x)} ${at(y)}h${at(width)}v${at(height)}h${at(-width)}Z`;
    }

    arc(x, y, radius, from, to) {
      const [sx, sy] = [x + radius * Math.cos(from), y + radius * Math.sin(from)];
      if (Math.abs(to - from) >= 2 * Math.PI - 1e-6) {
        this.path += `M${at(x - radius)} ${at(y)}a${at(radius)} ${at(radius)} 0 1 0 ${at(2 * radius)} 0a${at(radius)} ${at(radius)} 0 1 0 ${at(-2 * radius)} 0Z`;
        return;
      }
      const [ex, ey] = [x + radius * Math.cos(to), y + radius * Math.sin(to)];
      this.path += `${this.path ? "L" : "M"}${at(sx)} ${at(sy)}A${at(radius)} ${at(radius)} 0 ${to - from > Math.PI ? 1 : 0} 1 ${at(ex)} ${at(ey)}`;
    }

    /** @param {string} [rule] */
    fill(rule) {
      const more = rule === "evenodd" ? { "fill-rule": "evenodd" } : {};
      this.add("path", { d: this.path, fill: this.paint(this.fillStyle), ...more });
    }

    stroke() {
      const dashed = this.dash.length ? { "stroke-dasharray": this.dash.map(at).join(" ") } : {};
      this.add("path", { d: this.path, fill: "none", ...this.outline(), "stroke-linecap": this.lineCap, ...dashed });
    }

    fillRect(x, y, width, height) {
      this.add("rect", { x: at(x), y: at(y), width: at(Math.max(0, width)), height: at(Math.max(0, height)), fill: this.paint(this.fillStyle) });
    }

    /** @param {string} text */
    fillText(text, x, y) {
      this.write(text, x, y, { fill: this.paint(this.fillStyle) });
    }

    /** @param {string} text */
    strokeText(text, x, y) {
      this.write(text, x, y, { fill: "none", ...this.outline() });
    }

    /** @param {number[]} dash */
    setLineDash(dash) {
      this.dash = dash;
    }

    translate(x, y) {
      this.turn(`translate(${at(x)} ${at(y)})`);
    }

    /** @param {number} angle */
    rotate(angle) {
      this.turn(`rotate(${at((angle * 180) / Math.PI)})`);
    }

    save() {
      this.kept.push(this.state);
    }

    restore() {
      this.state = this.kept.pop() || { into: this.root };
    }

    /** @param {string} [rule] */
    clip(rule) {
      const { svg } = quanyu.dom;
      const id = `clip-${++patterns}`;
      const shape = svg("path", { d: this.path, "clip-rule": rule === "evenodd" ? "evenodd" : "nonzero" });
      this.root.append(svg("clipPath", { id }, [shape]));
      const into = svg("g", { "clip-path": `url(#${id})` });
      this.state.into.append(into);
      this.state = { into };
    }

    /** @param {HTMLCanvasElement} picture */
    drawImage(picture, x, y, width, height) {
      this.add("image", { href: picture.toDataURL(), x, y, width: width ?? picture.width, height: height ?? picture.height, preserveAspectRatio: "none" });
    }

    /** @param {HTMLCanvasElement} tile */
    createPattern(tile) {
      const { svg } = quanyu.dom;
      const id = `pattern-${++patterns}`;
      const made = svg("pattern", { id, width: tile.width, height: tile.height, patternUnits: "userSpaceOnUse" }, [
        svg("image", { href: tile.toDataURL(), width: tile.width, height: tile.height }),
      ]);
      this.root.append(made);
      return { url: `url(#${id})`, setTransform: (matrix) => made.setAttribute("patternTransform", `scale(${matrix.a} ${matrix.d})`) };
    }

    /** What is drawn from here on, until what was kept comes back, is moved. @param {string} transform */
    turn(transform) {
      const into = quanyu.dom.svg("g", { transform });
      this.state.into.append(into);
      this.state = { into };
    }

    outline() {
      return { stroke: this.paint(this.strokeStyle), "stroke-width": this.lineWidth, "stroke-linejoin": this.lineJoin };
    }

    /** @param {string} text @param {number} x @param {number} y @param {Object} looks */
    write(text, x, y, looks) {
      const [, weight, size, family] = FONT.exec(this.font) || [null, "400", "10", "sans-serif"];
      const down = this.textBaseline === "middle" ? Number(size) * MIDDLE : 0;
      const anchor = ANCHORS[this.textAlign] || "start";
      const more = { "font-weight": (weight || "400").trim(), "font-size": size, "font-family": family.replace(/\s+/g, " "), "text-anchor": anchor };
      this.add("text", { x: at(x), y: at(y + down), ...more, ...looks }).textContent = text;
    }

    /** @param {string|{url: string}} style */
    paint(style) {
      return typeof style === "string" ? style : style.url;
    }

    add(tag, attributes) {
      const more = this.globalAlpha < 1 ? { opacity: this.globalAlpha } : {};
      const made = quanyu.dom.svg(tag, { ...attributes, ...more });
      this.state.into.append(made);
      return made;
    }
  }

  /** @param {number} value */
  function at(value) {
    return String(Math.round(value * 10) / 10);
  }

  quanyu.picturePen = { on: (root) => new Pen(root) };
})((globalThis.quanyu = globalThis.quanyu || {}));
