/** A section of a briefing as a slide, or as a part of a document: one layout for all, from what the section holds. */
(function (quanyu) {
  "use strict";

  const WIDE = 912;
  const HALF = 446;
  const LEAN = 350;
  const MANY = 5;
  const ROW_PX = 25;
  const TWO_ROWS_PX = 320;
  const STATUS = { green: "ok", yellow: "warn", red: "bad" };

  /** @param {string} tag @param {string} [name] @param {any} [content] */
  const el = (tag, name, content) => quanyu.dom.el(tag, name, content);

  /** @param {Object} section @param {number} at @param {number} all @returns {HTMLElement} */
  function slide(section, at, all) {
    const { content } = quanyu.briefingState;
    const foot = el("footer", "", [el("span", "", content.office), el("span", "", `${content.period} · ${content.as_of_text}`), el("span", "", `${at + 1} / ${all}`)]);
    const said = el("div", "bf-said", section.sentences.map((one) => sentence("p", one)));
    const room = 412 - (section.cards.length ? 76 : 0) - Math.min(5, lines(section)) * 22;
    const held = room < TWO_ROWS_PX ? { ...section, tables: section.tables.slice(0, 1) } : section;
    const more = el("p", "bf-note bf-more", quanyu.words.t("brief.more_tables", { n: section.tables.length - held.tables.length }));
    more.hidden = held.tables.length === section.tables.length;
    const node = el("article", "bf-slide", [sentence("h3", section.headline), said, cards(section), figures(held, room - (more.hidden ? 0 : 24)), more, foot]);
    node.dataset.theme = "print";
    node.lang = content.lang === "en" ? "en" : "zh-CN";
    return node;
  }

  /** About how many lines the sentences take. @param {Object} section */
  function lines(section) {
    const wide = quanyu.briefingState.content.lang === "en" ? 125 : 66;
    return section.sentences.reduce((sum, one) => sum + Math.ceil((quanyu.briefingState.text(one).length || 1) / wide), 0);
  }

  /** All sections below each other, every sentence and row of them. @param {Object[]} sections */
  function document_(sections) {
    const { content } = quanyu.briefingState;
    const parts = sections.flatMap((section, at) => [
      el("h3", "", `${number(at)}${section.title}`),
      sentence("h4", section.headline),
      ...section.sentences.map((one) => sentence("p", one)),
      cards(section),
      figures(section, 260, Infinity),
    ]);
    const node = el("article", "bf-paper", [el("h1", "", content.title), el("p", "bf-when", `${content.office} · ${content.period} · ${content.as_of_text}`), ...parts]);
    node.dataset.theme = "print";
    return node;
  }

  /** 一、二、… or 1. 2. … @param {number} at */
  function number(at) {
    return quanyu.briefingState.content.lang === "en" ? `${at + 1}. ` : `${"一二三四五六七八九十"[at] || at + 1}、`;
  }

  /** Text that can be changed where it stands. @param {string} tag @param {Object} one */
  function sentence(tag, one) {
    const { text, drafted, issued, order, edit } = quanyu.briefingState;
    const node = el(tag, "bf-text", text(one));
    node.dataset.sentence = one.key;
    node.title = sources(one);
    if (issued) return node;
    node.setAttribute("contenteditable", "plaintext-only");
    node.setAttribute("role", "textbox");
    node.setAttribute("aria-label", quanyu.words.t("brief.edit"));
    node.spellcheck = false;
    node.classList.toggle("edited", one.key in order.texts);
    node.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        node.blur();
      }
      if (event.key === "Escape") {
        node.textContent = text(one);
        node.blur();
      }
    });
    node.addEventListener("blur", () => {
      const said = node.textContent.replace(/\s+/g, " ").trim();
      if (said !== text(one)) edit(one.key, said === drafted(one) || !said ? null : said);
    });
    return node;
  }

  /** Where the numbers of a sentence come from. @param {Object} one */
  function sources(one) {
    const { words } = quanyu;
    const day = (iso) => iso.slice(0, 10);
    const found = one.parts.flatMap((part) => (typeof part === "string" ? [] : part.sources.slice(0, 1).map((source) => `${part.text} — ${words.t("brief.source", { key: name(source.key), region: source.region, start: day(source.start), end: day(source.end) })}`)));
    return [...new Set(found)].slice(0, 8).join("\n");
  }

  /** An indicator by its name. @param {string} key */
  function name(key) {
    return quanyu.briefingState.content.definitions.find((one) => one.key === key)?.name || key;
  }

  /** @param {Object} section */
  function cards(section) {
    const nodes = section.cards.map((card) =>
      el("div", "bf-card", [
        el("span", "bf-card-name", card.name),
        el("b", card.figure.value === null ? "t3" : "", card.figure.text),
        el("em", "", card.changes.slice(0, 2).map((change) => el("i", change.figure.tone, `${change.label} ${change.figure.text}`))),
      ]),
    );
    const box = el("div", "bf-cards", nodes);
    box.hidden = !nodes.length;
    return box;
  }

  /** Charts, tables and the map beside each other. @param {Object} section @param {number} room @param {number} [rows] */
  function figures(section, room, rows) {
    const { draw: map, legend } = quanyu.briefingMap;
    const { slots, lean, broad } = arranged(section);
    const width = slots === 1 ? WIDE : lean ? LEAN : HALF;
    const high = Math.max(90, room / Math.ceil(slots / 2) - 30);
    const nodes = [];
    if (section.map) nodes.push(figure(section.map.title, [map(section.map, width, high - 24), legend(section.map)], "map"));
    for (const chart of section.charts) nodes.push(figure(chart.title, [quanyu.briefingCharts.draw(chart, width, high), keys(chart)], "chart"));
    const most = rows || Math.max(3, Math.floor((high - 24) / ROW_PX) - 1);
    for (const table of section.tables) nodes.push(figure(table.title, [grid(table, most)], broad(table) ? "table broad" : "table"));
    return el("div", `bf-figures${slots > 1 ? " two" : ""}${lean ? " lean" : ""}`, nodes);
  }

  /** How much room figures take: one half each, a table of many columns a row of its own, or more beside one chart. */
  function arranged(section) {
    const drawn = section.charts.length + (section.map ? 1 : 0);
    const many = section.tables.filter((table) => table.columns.length > MANY);
    const lean = drawn === 1 && section.tables.length === 1 && many.length === 1;
    const slots = drawn + section.tables.length + (lean || drawn + section.tables.length === 1 ? 0 : many.length);
    return { slots, lean, broad: (table) => !lean && slots > 1 && many.includes(table) };
  }

  /** @param {string} title @param {Array} body @param {string} kind */
  function figure(title, body, kind) {
    const node = el("figure", `bf-figure ${kind}`, [el("figcaption", "", title), ...body]);
    return node;
  }

  /** Names of the series where there are several. @param {Object} chart */
  function keys(chart) {
    const box = el("div", "bf-keys", chart.series.map((one, n) => el("span", "", [el("i", `${one.role} s${n}`), one.name])));
    box.hidden = chart.series.length < 2;
    return box;
  }

  /** @param {Object} table @param {number} rows */
  function grid(table, rows) {
    const right = (at) => (table.columns[at].measure ? "r" : "");
    const head = el("thead", "", el("tr", "", table.columns.map((column, at) => el("th", right(at), column.name))));
    const shown = table.rows.slice(0, rows).map((row) =>
      el("tr", "", row.map((cell, at) => el("td", right(at), cell.status ? [el("i", `st ${STATUS[cell.status] || "off"}`), cell.text] : cell.text))),
    );
    const rest = table.rows.length - shown.length;
    const note = [rest > 0 ? quanyu.words.t("brief.more_rows", { n: rest }) : "", table.note].filter(Boolean).join(" · ");
    const foot = el("p", "bf-note", note);
    foot.hidden = !note;
    return el("div", "bf-grid-of", [el("table", "", [head, el("tbody", "", shown)]), foot]);
  }

  quanyu.briefingSlide = { slide, paper: document_ };
})((globalThis.quanyu = globalThis.quanyu || {}));
