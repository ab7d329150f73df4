/**
 * A pen that writes down what a canvas layer draws, as SVG: a map's areas stay areas in a drawing. Knows as much of a
 * canvas as our layers use.
 */
(function (quanyu) {
  "use strict";

  let patterns = 0;

  class Pen {
    /** @param {SVGElement} root what is drawn goes in here */
    constructor(root) {
      this.root = root;
      this.path = "";
      this.state = { into: root };
      this.kept = [];
      Object.assign(this, { fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, lineJoin: "miter", lineCap: "butt", globalAlpha: 1 });
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
      this.add("path", {
        d: this.path, fill: "none", stroke: this.paint(this.strokeStyle), "stroke-width": this.lineWidth, "stroke-linejoin": this.lineJoin,
        "stroke-linecap": this.lineCap,
      });
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

    /** @param {string|{url: string}} style */
    paint(style) {
      return typeof style === "string" ? style : style.url;
    }

    add(tag, attributes) {
      const more = this.globalAlpha < 1 ? { opacity: this.globalAlpha } : {};
      this.state.into.append(quanyu.dom.svg(tag, { ...attributes, ...more }));
    }
  }

  /** @param {number} value */
  function at(value) {
    return String(Math.round(value * 10) / 10);
  }

  quanyu.picturePen = { on: (root) => new Pen(root) };
})((globalThis.quanyu = globalThis.quanyu || {}));
