/**
 * Texts of the page as SVG texts: where each line begins, on which baseline, and what of it an ellipsis leaves.
 * Pure: measures, keeps nothing but a context to measure with.
 */
(function (quanyu) {
  "use strict";

  const MORE = "\u2026";
  let pen = null;

  /** @param {CSSStyleDeclaration} style */
  function fontOf(style) {
    return `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  }

  /** @param {CSSStyleDeclaration} style @returns {CanvasRenderingContext2D} */
  function ruler(style) {
    pen = pen || document.createElement("canvas").getContext("2d");
    pen.font = fontOf(style);
    return pen;
  }

  /**
   * The lines of a text node as it is laid out.
   * @param {Text} node @returns {Array<{text: string, box: DOMRect}>}
   */
  function lines(node) {
    const whole = node.data;
    if (!whole.trim()) return [];
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()].filter((box) => box.width > 0);
    if (boxes.length === 0) return [];
    if (boxes.length === 1) return [{ text: whole.replace(/\s+/g, " ").trim(), box: boxes[0] }];
    const found = [];
    let at = 0;
    for (const char of whole) {
      range.setStart(node, at);
      range.setEnd(node, at + char.length);
      at += char.length;
      const box = range.getClientRects()[0];
      if (!box || !box.width) continue;
      const last = found[found.length - 1];
      if (last && Math.abs(last.box.top - box.top) < box.height / 2) {
        last.text += char;
        last.box = new DOMRect(last.box.left, last.box.top, box.right - last.box.left, last.box.height);
      } else found.push({ text: char, box });
    }
    return found.map(({ text, box }) => ({ text: text.replace(/\s+/g, " ").trimEnd(), box })).filter(({ text }) => text);
  }

  /** The right edge at which an element around a text ends it with an ellipsis, if one does. @param {Element} parent */
  function edge(parent) {
    for (let node = parent; node; node = node.parentElement) {
      const style = getComputedStyle(node);
      if (style.display.startsWith("inline") && !style.display.includes("-")) continue;
      if (style.textOverflow !== "ellipsis" || style.overflowX === "visible") return null;
      const box = node.getBoundingClientRect();
      return box.right - parseFloat(style.paddingRight) - parseFloat(style.borderRightWidth);
    }
    return null;
  }

  /** What of a line stays before an edge. @param {string} text @param {number} room @param {CanvasRenderingContext2D} by */
  function cut(text, room, by) {
    const chars = [...text];
    while (chars.length && by.measureText(chars.join("") + MORE).width > room) chars.pop();
    return chars.length ? chars.join("") + MORE : "";
  }

  /**
   * The texts of a node as SVG. @param {Text} node @param {{x: number, y: number}} origin @returns {SVGElement[]}
   */
  function texts(node, origin) {
    const parent = node.parentElement;
    const style = getComputedStyle(parent);
    if (style.visibility !== "visible" || parseFloat(style.fontSize) === 0) return [];
    const by = ruler(style);
    const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = by.measureText("x");
    const limit = edge(parent);
    return lines(node).flatMap(({ text, box }) => {
      const over = limit !== null && box.right > limit + 0.5;
      const shown = over ? cut(text, limit - box.left, by) : text;
      if (!shown) return [];
      const line = box.top - origin.y + (box.height - up - down) / 2 + up;
      return [text_(shown, box.left - origin.x, line, style)];
    });
  }

  /** @param {string} text @param {number} x @param {number} y @param {CSSStyleDeclaration} style */
  function text_(text, x, y, style) {
    const node = quanyu.dom.svg("text", {
      x: x.toFixed(2), y: y.toFixed(2), ...quanyu.pictureInks.ink("fill", style.color), "font-family": style.fontFamily, "font-size": style.fontSize,
      "font-weight": style.fontWeight, "xml:space": "preserve",
    });
    if (style.letterSpacing !== "normal") node.setAttribute("letter-spacing", style.letterSpacing);
    if (style.fontVariantNumeric !== "normal") node.style.fontVariantNumeric = style.fontVariantNumeric;
    node.textContent = text;
    return node;
  }

  /** What a field holds, or what it asks for. @param {HTMLInputElement} field @param {{x: number, y: number}} origin */
  function field(field, origin) {
    const style = getComputedStyle(field);
    const text = field.value || field.placeholder;
    if (!text || field.type === "checkbox") return [];
    const box = field.getBoundingClientRect();
    const by = ruler(style);
    const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = by.measureText("x");
    const left = box.left + parseFloat(style.paddingLeft) + parseFloat(style.borderLeftWidth);
    const node = text_(text, left - origin.x, box.top - origin.y + (box.height - up - down) / 2 + up, style);
    if (!field.value) Object.entries(quanyu.pictureInks.ink("fill", getComputedStyle(field, "::placeholder").color)).forEach(([key, value]) => node.setAttribute(key, String(value)));
    return [node];
  }

  quanyu.pictureText = { texts, field };
})((globalThis.quanyu = globalThis.quanyu || {}));
