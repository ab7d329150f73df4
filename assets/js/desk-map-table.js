/** The facts of the desk's map as a table: every area a row with a link, for keyboards and screen readers. */
(function (quanyu) {
  "use strict";

  const COUNTED = ["red", "yellow", "green", "closed"];
  let box = null;
  let sign = "";

  function cell(tag, text, name) {
    return quanyu.dom.el(tag, name, text);
  }

  function head(texts) {
    const row = quanyu.dom.el("tr", "", texts.map((text, i) => cell("th", text, i ? "r" : "")));
    for (const one of row.children) one.scope = "col";
    return quanyu.dom.el("thead", "", row);
  }

  function link(region, code) {
    const anchor = quanyu.dom.el("a", "", region ? quanyu.words.name(region.zh, region.en) : code);
    anchor.href = `/region/${encodeURIComponent(code)}${location.search}`;
    anchor.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      quanyu.desk.go({}, code);
    });
    return anchor;
  }

  function areas(data, places) {
    const { words, format, deskMapLegend } = quanyu;
    const divided = data.total && data.total.d !== null;
    const titles = [words.t("deskmap.region"), data.name, ...(divided ? [words.t("deskmap.numerator"), words.t("deskmap.denominator")] : []), words.t("deskmap.overdue")];
    const rows = data.areas.map(([code, own, n, d, late]) => {
      const texts = [deskMapLegend.value(own, data.unit), ...(divided ? [format.count(n), format.count(d)] : []), format.count(late)];
      return quanyu.dom.el("tr", "", [cell("td", link(places.get(code), code), ""), ...texts.map((text) => cell("td", text, "r"))]);
    });
    return [head(titles), quanyu.dom.el("tbody", "", rows)];
  }

  /** Events by area and state. */
  function events(data, places, points) {
    const { words, format } = quanyu;
    const sums = new Map();
    for (const point of points) {
      if (!point.region) point.region = quanyu.deskMapGround.at(point.x, point.y) || data.region;
      const sum = sums.get(point.region) || {};
      for (const state in point.counts) sum[state] = (sum[state] || 0) + point.counts[state];
      sums.set(point.region, sum);
    }
    const rows = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, sum]) =>
      quanyu.dom.el("tr", "", [cell("td", link(places.get(code), code), ""), ...COUNTED.map((state) => cell("td", format.count(sum[state] || 0), "r"))]));
    return [head([words.t("deskmap.region"), ...COUNTED.map((state) => words.t(`deskmap.${state}`))]), quanyu.dom.el("tbody", "", rows)];
  }

  quanyu.deskMapTable = {
    /** @param {HTMLElement} node @param {HTMLButtonElement} button */
    attach(node, button) {
      box = node;
      sign = "";
      quanyu.dom.attr(button, "aria-expanded", "false");
      button.addEventListener("click", () => {
        box.hidden = !box.hidden;
        quanyu.dom.attr(button, "aria-expanded", !box.hidden);
        quanyu.deskMap.repaint();
      });
    },
    /** @param {Object} data @param {Map<string, Object>} places @param {Array} points */
    paint(data, places, points) {
      if (!box || box.hidden) return;
      const now = JSON.stringify([data.kind, data.name, data.areas, data.points && data.points.length, quanyu.words.lang]);
      if (now === sign && box.firstChild) return;
      sign = now;
      const table = quanyu.dom.el("table", "tb", data.kind === "areas" ? areas(data, places) : events(data, places, points));
      const held = [...box.querySelectorAll("a")].indexOf(document.activeElement);
      const top = box.scrollTop;
      box.replaceChildren(table);
      box.scrollTop = top;
      if (held >= 0) box.querySelectorAll("a")[held]?.focus({ preventScroll: true });
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
