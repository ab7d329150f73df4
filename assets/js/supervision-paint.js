/**
 * Paints the ledger of supervision in place: figures, papers, drafts, streets. A line is known by its key and stays the
 * element it is, so that focus, scroll and what lies under the pointer survive news. Owns no connection.
 */
(function (quanyu) {
  "use strict";

  /** @type {Map<string, Object>} drafts by the code of their event */
  let drafts = new Map();
  /** @type {WeakMap<Element, Map<string, HTMLElement>>} */
  const lines = new WeakMap();

  const $ = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (document.querySelector(`.sv-parts ${selector}`));

  /**
   * Children of a parent by key, in order; those that stay are not touched.
   * @param {HTMLElement} parent @param {Object[]} items @param {function(Object): string} key
   * @param {function(Object): HTMLElement} make @param {function(HTMLElement, Object): void} fill
   */
  function keyed(parent, items, key, make, fill) {
    const known = lines.get(parent) || new Map();
    const kept = new Map();
    for (const item of items) {
      const name = key(item);
      const node = known.get(name) || make(item);
      fill(node, item);
      kept.set(name, node);
    }
    for (const [name, node] of known) if (!kept.has(name)) node.remove();
    let place = 0;
    for (const node of kept.values()) {
      if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] || null);
      place += 1;
    }
    lines.set(parent, kept);
  }

  /** @param {Object[]} figures */
  function paintFigures(figures) {
    const { text, cls } = quanyu.dom;
    for (const { key, value, unit, note, glyph } of figures) {
      const card = $(`[data-kpi="${key}"]`);
      const [label, number, tail] = card.children;
      cls(label.firstElementChild, `st ${glyph}`.trim());
      label.firstElementChild.toggleAttribute("hidden", !glyph);
      cls(number, glyph === "bad" ? "c-bad" : "");
      text(number.firstElementChild, value);
      text(number.lastElementChild, unit);
      text(tail, note);
    }
  }

  /** A cell with two lines. */
  const two = () => quanyu.dom.el("td", "two", [quanyu.dom.el("span", "num"), quanyu.dom.el("span", "t3 num")]);

  function makePaper() {
    const { el } = quanyu.dom;
    const state = el("td", "", [quanyu.dom.glyph("off"), el("span")]);
    const event = el("td", "two", [el("a"), el("span", "t2")]);
    return el("tr", "", [state, two(), event, two(), two(), two()]);
  }

  /** @param {Element} cell @param {string} first @param {string} second */
  function fillTwo(cell, first, second) {
    quanyu.dom.text(cell.firstElementChild, first);
    quanyu.dom.text(cell.lastElementChild, second);
    quanyu.dom.attr(cell.lastElementChild, "title", second);
  }

  /** @param {HTMLElement} node @param {Object} row */
  function fillPaper(node, row) {
    const { text, cls, attr } = quanyu.dom;
    const [state, kind, event, place, issued, due] = node.children;
    cls(state, `due c-${row.glyph}`);
    cls(state.firstElementChild, `st ${row.glyph}`);
    text(state.lastElementChild, row.state);
    fillTwo(kind, row.kind, row.number);
    const link = /** @type {HTMLAnchorElement} */ (event.firstElementChild);
    text(link, row.event);
    link.hidden = !row.event;
    if (row.event) {
      attr(link, "href", address(row.event));
      attr(link, "data-event", row.event);
    }
    text(event.lastElementChild, row.about);
    attr(event, "title", row.reason);
    fillTwo(place, row.department, row.region);
    fillTwo(issued, row.issued, `${row.actor} · ${row.delivery}`);
    fillTwo(due, row.due, row.closed);
  }

  /** @param {string} code */
  const address = (code) => `/event/${encodeURIComponent(code)}`;

  /** @param {Object} draft */
  function makeDraft(draft) {
    const { el, attr, glyph } = quanyu.dom;
    const link = el("a", "", draft.code);
    attr(link, "href", address(draft.code));
    attr(link, "data-event", draft.code);
    const parts = [el("div", "line", [glyph("off"), link, el("b", "ell grow")]), el("p"), el("p", "t3")];
    if (draft.issue) parts.push(el("div", "line sv-do", [button(draft, "issue", "btn sm pri"), button(draft, "edit", "btn sm ghost")]));
    return el("li", "", parts);
  }

  /** @param {Object} draft @param {string} what @param {string} name */
  function button(draft, what, name) {
    const words = what === "issue" ? draft.issue : quanyu.words.t("ledger.edit");
    const node = quanyu.dom.el("button", name, words);
    node.type = "button";
    node.dataset[what] = draft.code;
    node.setAttribute("aria-label", `${words} ${draft.code}`);
    return node;
  }

  /** @param {HTMLElement} node @param {Object} draft */
  function fillDraft(node, draft) {
    const { text, cls, attr } = quanyu.dom;
    const [head, evidence, whom] = node.children;
    cls(head.firstElementChild, `st ${draft.glyph}`);
    text(head.lastElementChild, draft.about);
    attr(head.lastElementChild, "title", draft.about);
    text(evidence, draft.evidence);
    text(whom, [draft.region, draft.until].filter(Boolean).join(" · "));
  }

  function makeStreet() {
    const { el } = quanyu.dom;
    return el("tr", "", [el("td", "", el("a")), ...Array.from({ length: 4 }, () => el("td"))]);
  }

  /** @param {HTMLElement} node @param {Object} street */
  function fillStreet(node, street) {
    const { text, cls, attr } = quanyu.dom;
    const [name, ...cells] = node.children;
    text(name.firstElementChild, street.name);
    if (street.href) attr(name.firstElementChild, "href", street.href);
    cells.forEach((cell, i) => {
      text(cell, quanyu.format.count(street.counts[i]));
      cls(cell, street.counts[i] ? "r num" : "r num t3");
    });
  }

  /** @param {string} panel @param {boolean} empty */
  function emptied(panel, empty) {
    $(`${panel} .tb-box`).hidden = empty;
    $(`${panel} > .none`).hidden = !empty;
  }

  /** Says why nothing can be read, above what was read before. @param {string} sentence */
  function failed(sentence) {
    const root = $(".sv-bar").parentElement;
    const known = root.querySelector(".sv-failed");
    if (!sentence) return void known?.remove();
    const node = known || quanyu.dom.el("p", "sv-failed c-bad");
    node.setAttribute("role", "alert");
    quanyu.dom.text(node, sentence);
    if (!known) $(".sv-bar").after(node);
  }

  /** @param {Object} data */
  function paint(data) {
    failed(data.failed || "");
    if (data.failed) return;
    const { text } = quanyu.dom;
    paintFigures(data.figures);
    text($(".sv-list .sub"), data.sub);
    keyed($(".sv-list tbody"), data.rows, (row) => row.number, makePaper, fillPaper);
    emptied(".sv-list", !data.rows.length);
    drafts = new Map(data.drafts.map((draft) => [draft.code, draft]));
    text($(".sv-drafts .sub"), quanyu.format.count(data.drafts.length));
    keyed($(".sv-drafts ul"), data.drafts, (draft) => `${draft.code} ${draft.act}`, makeDraft, fillDraft);
    emptied(".sv-drafts", !data.drafts.length);
    keyed($(".sv-watch tbody"), data.watch, (street) => street.href, makeStreet, fillStreet);
  }

  quanyu.supervisionPaint = { paint, /** @param {string} code */ draft: (code) => drafts.get(code) };
})((globalThis.quanyu = globalThis.quanyu || {}));
