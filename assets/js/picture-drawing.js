/**
 * A part of the page as a drawing: what stands on screen becomes an SVG of its own, with boxes, lines and texts that
 * stay boxes, lines and texts. Owns the walk through the page; texts and map layers have files of their own.
 */
(function (quanyu) {
  "use strict";

  const LOOKS = [
    "fill-opacity", "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-dashoffset", "stroke-linejoin", "stroke-linecap", "opacity",
    "paint-order", "font-family", "font-size", "font-weight", "text-anchor", "dominant-baseline",
  ];
  const NEVER = "script, style, [data-no-picture], .sr, dialog:not([open]), details:not([open]) > :not(summary)";
  let clips = 0;

  /**
   * @param {HTMLElement} node @returns {{svg: SVGElement, width: number, height: number}}
   */
  function of(node) {
    const box = node.getBoundingClientRect();
    const root = quanyu.dom.svg("svg", {
      xmlns: "http://www.w3.org/2000/svg", width: box.width, height: box.height, viewBox: `0 0 ${box.width} ${box.height}`,
    });
    root.append(quanyu.dom.svg("rect", { width: box.width, height: box.height, ...ink("fill", ground(node)) }));
    draw(node, root, { x: box.left, y: box.top });
    return { svg: root, width: box.width, height: box.height };
  }

  /** The colour that lies behind an element. @param {?Element} node @returns {string} */
  function ground(node) {
    for (let one = node; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (!clear(colour)) return colour;
    }
    return quanyu.dom.token("--bg");
  }

  const clear = (colour) => quanyu.pictureInks.clear(colour);
  const ink = (name, colour) => quanyu.pictureInks.ink(name, colour);

  /** @param {Element} node @param {SVGElement} into @param {{x: number, y: number}} origin */
  function draw(node, into, origin) {
    if (node.matches(NEVER)) return;
    const style = getComputedStyle(node);
    if (style.display === "none" || style.opacity === "0") return;
    const box = node.getBoundingClientRect();
    let place = into;
    if (style.opacity !== "1") place = inside(place, { opacity: style.opacity });
    if (style.visibility === "visible") paintBox(place, style, box, origin);
    if (style.overflowX !== "visible" && style.display !== "inline") {
      if (!box.width || !box.height) return;
      place = clipped(place, style, box, origin);
    }
    if (drawLeaf(node, place, style, box, origin)) return;
    for (const child of order(node)) {
      if (child.nodeType === Node.TEXT_NODE) place.append(...quanyu.pictureText.texts(child, origin));
      else draw(child, place, origin);
    }
  }

  /** What has no parts of its own for us. @returns {boolean} whether it was one */
  function drawLeaf(node, into, style, box, origin) {
    const { svg } = quanyu.dom;
    const [x, y] = [box.left - origin.x, box.top - origin.y];
    if (node instanceof SVGSVGElement) {
      into.append(figure(node, box, x, y));
    } else if (node instanceof HTMLCanvasElement) {
      if (style.visibility === "visible" && box.width) into.append(layer(node, box, x, y));
    } else if (node instanceof HTMLInputElement) {
      into.append(...quanyu.pictureText.field(node, origin));
    } else if (node instanceof HTMLImageElement) {
      if (node.src.startsWith("data:")) into.append(svg("image", { href: node.src, x, y, width: box.width, height: box.height }));
    } else return false;
    return true;
  }

  /** Children in the order in which they lie over each other. @param {Element} node @returns {Node[]} */
  function order(node) {
    const children = [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE || child.nodeType === Node.ELEMENT_NODE);
    const level = (child) => {
      if (child.nodeType !== Node.ELEMENT_NODE) return 0;
      const { position, zIndex } = getComputedStyle(child);
      return position === "static" ? 0 : Number(zIndex) || 0.5;
    };
    return children.map((child) => [child, level(child)]).sort((a, b) => a[1] - b[1]).map(([child]) => child);
  }

  function inside(into, attributes) {
    const group = quanyu.dom.svg("g", attributes);
    into.append(group);
    return group;
  }

  function clipped(into, style, box, origin) {
    const { svg } = quanyu.dom;
    const id = `box-${++clips}`;
    const [top, right, bottom, left] = ["Top", "Right", "Bottom", "Left"].map((side) => parseFloat(style[`border${side}Width`]));
    const radius = Math.max(0, parseFloat(style.borderTopLeftRadius) || 0);
    const shape = svg("rect", {
      x: box.left - origin.x + left, y: box.top - origin.y + top, width: Math.max(0, box.width - left - right),
      height: Math.max(0, box.height - top - bottom), rx: radius,
    });
    into.append(svg("clipPath", { id }, [shape]));
    return inside(into, { "clip-path": `url(#${id})` });
  }

  /** Ground, edges and marks of a box. */
  function paintBox(into, style, box, origin) {
    const [x, y] = [box.left - origin.x, box.top - origin.y];
    if (!box.width || !box.height) return;
    const { svg } = quanyu.dom;
    if (!clear(style.backgroundColor)) into.append(shape(style, box, x, y));
    paintShadow(into, style, box, x, y);
    const sides = ["Top", "Right", "Bottom", "Left"].map((side) => ({
      width: style[`border${side}Style`] === "none" ? 0 : parseFloat(style[`border${side}Width`]), colour: style[`border${side}Color`],
    }));
    const [top, right, bottom, left] = sides;
    const alike = sides.every((side) => side.width === top.width && side.colour === top.colour);
    if (alike && top.width && !clear(top.colour)) {
      const half = top.width / 2;
      into.append(svg("rect", {
        x: x + half, y: y + half, width: box.width - top.width, height: box.height - top.width, rx: Math.max(0, radiusOf(style, box) - half),
        fill: "none", ...ink("stroke", top.colour), "stroke-width": top.width,
      }));
    } else if (!alike) {
      const bars = [[top, x, y, box.width, top.width], [bottom, x, y + box.height - bottom.width, box.width, bottom.width],
        [left, x, y, left.width, box.height], [right, x + box.width - right.width, y, right.width, box.height]];
      for (const [side, bx, by, width, height] of bars) {
        if (side.width && !clear(side.colour)) into.append(svg("rect", { x: bx, y: by, width, height, ...ink("fill", side.colour) }));
      }
    }
    if (style.outlineStyle === "solid" && !clear(style.outlineColor)) paintOutline(into, style, box, x, y);
  }

  function paintOutline(into, style, box, x, y) {
    const width = parseFloat(style.outlineWidth);
    const off = parseFloat(style.outlineOffset) + width / 2;
    into.append(quanyu.dom.svg("rect", {
      x: x - off, y: y - off, width: Math.max(0, box.width + 2 * off), height: Math.max(0, box.height + 2 * off), fill: "none",
      ...ink("stroke", style.outlineColor), "stroke-width": width,
    }));
  }

  function radiusOf(style, box) {
    const said = style.borderTopLeftRadius;
    const radius = parseFloat(said) || 0;
    return Math.min(said.endsWith("%") ? (radius / 100) * Math.min(box.width, box.height) : radius, Math.min(box.width, box.height) / 2);
  }

  /** The ground of a box: rounded, or cut to a polygon. */
  function shape(style, box, x, y) {
    const { svg } = quanyu.dom;
    const cut = /^polygon\((.*)\)$/.exec(style.clipPath);
    if (!cut) return svg("rect", { x, y, width: box.width, height: box.height, rx: radiusOf(style, box), ...ink("fill", style.backgroundColor) });
    const points = cut[1].split(",").map((pair) => pair.trim().split(/\s+/).map((said, i) => {
      const size = i ? box.height : box.width;
      return (i ? y : x) + (said.endsWith("%") ? (parseFloat(said) / 100) * size : parseFloat(said));
    }).join(","));
    return svg("polygon", { points: points.join(" "), ...ink("fill", style.backgroundColor) });
  }

  /** Sharp shadows inside a box are bars and edges. */
  function paintShadow(into, style, box, x, y) {
    const found = /^(rgba?\([^)]*\)) (-?[\d.]+)px (-?[\d.]+)px 0px ([\d.]+)px inset$/.exec(style.boxShadow);
    if (!found) return;
    const [dx, dy, spread] = found.slice(2).map(Number);
    const { svg } = quanyu.dom;
    if (spread) {
      into.append(svg("rect", { x: x + spread / 2, y: y + spread / 2, width: box.width - spread, height: box.height - spread, fill: "none", ...ink("stroke", found[1]), "stroke-width": spread, rx: radiusOf(style, box) }));
    } else if (dx > 0) into.append(svg("rect", { x, y, width: dx, height: box.height, ...ink("fill", found[1]) }));
    else if (dy) into.append(svg("rect", { x, y: dy > 0 ? y : y + box.height + dy, width: box.width, height: Math.abs(dy), ...ink("fill", found[1]) }));
  }

  /** A figure of the page with the looks that its classes give it. @param {SVGSVGElement} node */
  function figure(node, box, x, y) {
    const copy = /** @type {SVGSVGElement} */ (node.cloneNode(true));
    const [own, made] = [[node, ...node.querySelectorAll("*")], [copy, ...copy.querySelectorAll("*")]];
    own.forEach((one, i) => {
      const style = getComputedStyle(one);
      for (const name of LOOKS) {
        const value = style.getPropertyValue(name);
        if (!value || value === "normal" || (name === "opacity" && value === "1")) continue;
        const looks = (name === "fill" || name === "stroke") && /^(rgb|color|okl)/.test(value) ? ink(name, value) : { [name]: value };
        for (const look in looks) made[i].setAttribute(look, String(looks[look]));
      }
      if (style.display === "none") made[i].setAttribute("display", "none");
      if (style.visibility === "hidden") made[i].setAttribute("visibility", "hidden");
      for (const name of ["class", "style", "id"]) made[i].removeAttribute(name);
    });
    for (const [name, value] of Object.entries({ x, y, width: box.width, height: box.height })) copy.setAttribute(name, String(value));
    copy.setAttribute("overflow", getComputedStyle(node).overflow);
    return copy;
  }

  /** A layer of a map: as lines and areas where it can say what it draws, else as the picture that it is. */
  function layer(canvas, box, x, y) {
    const { svg } = quanyu.dom;
    const again = quanyu.mapCanvas.drawn(canvas);
    if (!again) return svg("image", { href: canvas.toDataURL(), x, y, width: box.width, height: box.height, preserveAspectRatio: "none" });
    const root = svg("g", { transform: `translate(${x} ${y})` });
    again(quanyu.picturePen.on(root));
    return root;
  }

  quanyu.pictureDrawing = { of };
})((globalThis.quanyu = globalThis.quanyu || {}));
