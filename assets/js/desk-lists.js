/** The lists of a region's page, painted in place: the ranking of the regions below, and the workers on shift. */
(function (quanyu) {
  "use strict";

  /** @type {WeakMap<Element, Object>} */
  const frames = new WeakMap();
  /** @type {WeakMap<Element, Object>} */
  const made = new WeakMap();

  /**
   * The frame of a list, built once: heading, line beside it, something at its end, a table that scrolls.
   * @param {string} id @param {string} title @param {Array<[string, string]>} columns key and class @param {string} name class of the table
   */
  function frame(id, title, columns, name) {
    const root = document.getElementById(id);
    if (!root) return null;
    const known = frames.get(root);
    if (known) return known;
    const { el } = quanyu.dom;
    const parts = { root, title: el("h2", "", title), sub: el("span", "sub"), end: el("span", "end"), rows: el("tbody"), heads: [] };
    parts.heads = columns.map(([key, cls]) => Object.assign(el("th", cls, quanyu.words.t(key)), { scope: "col" }));
    const table = el("table", `tb ${name}`, [el("thead", "", el("tr", "", parts.heads)), parts.rows]);
    parts.tail = el("p", "none");
    parts.body = el("div", "body", [table, parts.tail]);
    parts.body.tabIndex = 0;
    parts.body.setAttribute("role", "region");
    parts.body.setAttribute("aria-label", title);
    root.replaceChildren(el("header", "", [parts.title, parts.sub, parts.end]), parts.body);
    frames.set(root, parts);
    quanyu.exportMenu.dress();
    return parts;
  }

  /** Says why a list has no rows. @param {Object} parts @param {number} count @param {string} why */
  function emptied(parts, count, why) {
    const { el, text } = quanyu.dom;
    let node = parts.root.querySelector(".state.empty");
    parts.body.hidden = count === 0;
    if (count) return void (node && node.remove());
    if (!node) {
      node = el("div", "state empty", el("p"));
      parts.root.append(node);
    }
    text(node.firstElementChild, why);
  }

  /** A link to a region that keeps the question; `desk-view.js` gives it its address. */
  function leads(link, code) {
    if (link.dataset.region === code) return;
    link.dataset.region = code;
    link.href = quanyu.desk.view.address(code);
  }

  /** @param {Object} data */
  function ranking(data) {
    const columns = [["ranking.name", ""], ["ranking.open", "r"], ["ranking.overdue", "r"], ["ranking.rate", "r"]];
    const parts = frame("desk-ranking", quanyu.words.t("desk.ranking"), columns, "cp");
    if (!data || !parts || quanyu.deskPanels.failed(parts.root, data)) return;
    const { text, attr, cls, rows } = quanyu.dom;
    text(parts.title, data.title);
    text(parts.sub, data.sub || "");
    text(parts.tail, data.more || "");
    parts.tail.hidden = !data.more;
    levels(parts.end, data);
    emptied(parts, data.rows.length, data.empty);
    rows(parts.rows, data.rows.length, rankRow).forEach((node, i) => {
      const row = data.rows[i];
      const cells = made.get(node);
      node.dataset.row = row.code;
      cls(node, row.few ? "few" : "");
      cls(cells.glyph, `st ${row.glyph}`);
      text(cells.link, row.name);
      leads(cells.link, row.code);
      text(cells.reason, row.reason);
      attr(cells.first, "title", row.reason);
      text(cells.tag, row.tag);
      cells.tag.hidden = !row.tag;
      text(cells.open, quanyu.format.count(row.open));
      text(cells.overdue, quanyu.format.count(row.overdue));
      cls(cells.overdue, row.overdue ? "r c-bad" : "r t3");
      text(cells.value, row.value);
    });
  }

  function rankRow() {
    const { el } = quanyu.dom;
    const cells = { glyph: el("i", "st"), link: el("a"), reason: el("span", "sr"), tag: el("span", "tag"), open: el("td", "r"), overdue: el("td", "r"), value: el("b") };
    cells.first = el("td", "ell", [cells.glyph, cells.link, cells.reason, cells.tag]);
    const node = el("tr", "", [cells.first, cells.open, cells.overdue, el("td", "r", cells.value)]);
    made.set(node, cells);
    return node;
  }

  function levels(place, data) {
    const { el, text, attr, rows } = quanyu.dom;
    let group = place.firstElementChild;
    if (!group) {
      group = el("span", "seg sm");
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", quanyu.words.t("ranking.levels"));
      place.append(group);
    }
    group.hidden = data.levels.length < 2;
    const buttons = rows(group, data.levels.length, () => Object.assign(el("button"), { type: "button" }));
    data.levels.forEach(([value, name], i) => {
      text(buttons[i], name);
      Object.assign(buttons[i].dataset, { field: "rank", value });
      attr(buttons[i], "aria-pressed", value === data.level ? "true" : "false");
    });
    quanyu.desk.settled({ rank: data.level });
  }

  /** @param {Object} data */
  function crew(data) {
    const columns = [["crew.name", ""], ["crew.doing", ""], ["crew.grid", ""], ["crew.reported", "r"], ["crew.age", "r"]];
    const parts = frame("desk-crew", quanyu.words.t("desk.crew"), columns, "");
    if (!data || !parts || quanyu.deskPanels.failed(parts.root, data)) return;
    const { text, cls, rows } = quanyu.dom;
    text(parts.sub, data.sub);
    if (!parts.end.firstChild) parts.end.append(quanyu.deskMapFollow.field());
    text(parts.tail, data.more);
    parts.tail.hidden = !data.more;
    emptied(parts, data.rows.length, quanyu.words.t("crew.none"));
    rows(parts.rows, data.rows.length, crewRow).forEach((node, i) => {
      const row = data.rows[i];
      const cells = made.get(node);
      node.dataset.worker = row.code;
      cls(cells.glyph, `st ${row.glyph}`);
      text(cells.name, row.name);
      if (row.address) cells.name.href = row.address;
      else cells.name.removeAttribute("href");
      text(cells.doing, row.doing);
      cls(cells.doing, row.tone);
      text(cells.place, row.place);
      leads(cells.place, row.region);
      text(cells.reported, quanyu.format.count(row.reported));
      text(cells.age, row.age);
      cells.follow.hidden = !row.address;
    });
    quanyu.deskMapFollow.paint();
  }

  function crewRow() {
    const { el } = quanyu.dom;
    const follow = Object.assign(el("button", "dk-follow", "◎"), { type: "button" });
    follow.dataset.follow = "";
    const cells = { follow, glyph: el("i", "st"), name: el("a"), doing: el("td"), place: el("a"), reported: el("td", "r"), age: el("td", "r t2") };
    const node = el("tr", "", [el("td", "ell", [follow, cells.glyph, cells.name]), cells.doing, el("td", "ell", cells.place), cells.reported, cells.age]);
    made.set(node, cells);
    return node;
  }

  quanyu.deskLists = { ranking, crew };
})((globalThis.quanyu = globalThis.quanyu || {}));
