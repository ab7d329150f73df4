/** Building and changing the page's own nodes. Owns no state; text only ever goes in as text. */
(function (quanyu) {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";

  /**
   * A new element.
   * @param {string} tag
   * @param {string} [className]
   * @param {string|Node|Array<string|Node>} [content]
   * @returns {HTMLElement}
   */
  function el(tag, className, content) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (content !== undefined) node.append(...(Array.isArray(content) ? content : [content]));
    return node;
  }

  /**
   * A new SVG element.
   * @param {string} tag
   * @param {Object<string, string|number>} attributes
   * @param {Node[]} [children]
   * @returns {SVGElement}
   */
  function svg(tag, attributes, children) {
    const node = document.createElementNS(SVG, tag);
    for (const name in attributes) node.setAttribute(name, String(attributes[name]));
    if (children) node.append(...children);
    return node;
  }

  /** Sets the text of a node where it differs. @param {Node} node @param {string} value */
  function text(node, value) {
    if (node.textContent !== value) node.textContent = value;
  }

  /** Sets the classes of a node where they differ. @param {Element} node @param {string} value */
  function cls(node, value) {
    if (node.getAttribute("class") !== value) node.setAttribute("class", value);
  }

  /** Sets one attribute where it differs. @param {Element} node @param {string} name @param {string|number} value */
  function attr(node, name, value) {
    const wanted = String(value);
    if (node.getAttribute(name) !== wanted) node.setAttribute(name, wanted);
  }

  /** Sets one style property where it differs. @param {HTMLElement} node @param {string} name @param {string} value */
  function style(node, name, value) {
    if (node.style.getPropertyValue(name) !== value) node.style.setProperty(name, value);
  }

  /** A status shape: ok circle, warn triangle, bad square, off ring. @param {string} kind */
  function glyph(kind) {
    const node = el("i", "st " + kind);
    node.setAttribute("aria-hidden", "true");
    return node;
  }

  /**
   * Keeps exactly `count` children made by `make` in a parent.
   * @param {Element} parent @param {number} count @param {function(): Element} make
   * @returns {Element[]}
   */
  function rows(parent, count, make) {
    while (parent.children.length > count) parent.lastElementChild.remove();
    while (parent.children.length < count) parent.append(make());
    return Array.from(parent.children);
  }

  /**
   * Fills a part of the page with an empty list: places first, then a head for each column.
   * @param {Element} root @param {string[]} columns @param {function(string): boolean} right columns of numbers
   * @returns {{heads: HTMLElement[], body: HTMLElement}}
   */
  function listed(root, columns, right) {
    const heads = columns.map((name) => {
      const head = el("th", right(name) ? "r" : "");
      head.scope = "col";
      return head;
    });
    const body = el("tbody");
    root.replaceChildren(el("table", "vw-table", [el("thead", "", el("tr", "", [el("th"), ...heads])), body]));
    return { heads, body };
  }

  /** Pixels of one design pixel: 1 on a 1920 wall and at a desk, 2 on a 4K wall. @returns {number} */
  function scale() {
    return parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1;
  }

  /** Value of a CSS token. @param {string} name @returns {string} */
  function token(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  /** Says in a panel that it has nothing to show. @param {HTMLElement} root @param {boolean} none @param {string} said */
  function nothing(root, none, said) {
    root.classList.toggle("none", none);
    const note = root.querySelector(":scope > .nothing");
    if (none) text(note || root.appendChild(el("p", "nothing")), said);
    else note?.remove();
  }

  quanyu.dom = { el, svg, text, cls, attr, style, glyph, rows, listed, scale, token, nothing };
})((globalThis.quanyu = globalThis.quanyu || {}));
