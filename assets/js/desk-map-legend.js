/** What the colours of the desk's map mean, over how many, in which unit; and the text of a value. */
(function (quanyu) {
  "use strict";

  const GLYPHS = { red: "bad", yellow: "warn", green: "ok", closed: "off" };

  /** A value in its unit: "12", "91.8%", "3.5". @param {?number} value @param {string} unit count|rate|hours|density */
  function value(own, unit) {
    if (own === null || own === undefined) return quanyu.format.DASH;
    if (unit === "rate") return `${(Math.floor(own * 1000 + 1e-9) / 10).toFixed(1)}%`;
    if (unit === "count") return quanyu.format.count(own);
    return String(Number(own.toFixed(own < 10 ? 1 : 0)));
  }

  /** The bound of a class without its unit. */
  function bound(own, unit) {
    return unit === "rate" ? String(Number((own * 100).toFixed(1))) : String(Number(own.toPrecision(4)));
  }

  /** Texts of the six classes, lowest first: "0", "1", "2–3", "9+"; "<80", "80–85", "≥95". @param {number[]} breaks */
  function classes(breaks, unit) {
    const whole = unit === "count";
    const texts = breaks.map((next, i) => {
      const from = i ? breaks[i - 1] : 0;
      if (!whole) return i ? `${bound(from, unit)}–${bound(next, unit)}` : `<${bound(next, unit)}`;
      return next - 1 <= from ? String(from) : `${from}–${next - 1}`;
    });
    const last = breaks[breaks.length - 1];
    const all = unit === "rate" && last >= 1;
    return [...texts, whole ? `${last}+` : all ? bound(last, unit) : `≥${bound(last, unit)}`];
  }

  function row(sign, text) {
    return quanyu.dom.el("div", "", [sign, quanyu.dom.el("span", "", text)]);
  }

  function swatches(breaks, unit, empty) {
    const { el, style } = quanyu.dom;
    const rows = classes(breaks, unit).map((text, load) => {
      const sign = el("i", "sw");
      style(sign, "background", `var(--load-${load})`);
      return row(sign, text);
    });
    if (empty) rows.unshift(row(el("i", "sw nil"), quanyu.words.t("deskmap.none")));
    return rows.reverse();
  }

  /** The workers' row is a switch: it shows and hides them. */
  function crew() {
    const { dom, words, format } = quanyu;
    const { count, wanted, toggle } = quanyu.deskMapWorkers;
    const on = wanted();
    const all = on ? count() : null;
    const text = words.t("deskmap.workers") + (all === null ? "" : ` ${format.count(all)}`);
    const button = dom.el("button", on ? "crew" : "crew off", [dom.el("i", "head"), dom.el("span", "", text)]);
    button.type = "button";
    dom.attr(button, "aria-pressed", on);
    dom.attr(button, "title", words.t(on ? "deskmap.hide_workers" : "deskmap.show_workers"));
    button.addEventListener("click", toggle);
    return button;
  }

  /** Over what: n, or n of d. @param {Object} data */
  function over({ total }) {
    const { words, format } = quanyu;
    if (!total || total.n === null) return "";
    const [n, d] = [format.count(total.n), format.count(total.d)];
    return total.d === null ? words.t("deskmap.total_n", { n }) : words.t("deskmap.total_nd", { n, d });
  }

  function areas(data) {
    const { el, glyph } = quanyu.dom;
    const unit = quanyu.words.t(`deskmap.unit_${data.people ? "people" : data.unit}`);
    const title = el("div", "lt", `${data.name} (${unit})`);
    const empty = data.areas.some(([, own]) => own === null);
    const rows = [title, ...swatches(data.breaks, data.unit, empty)];
    if (data.areas.some(([, , , , late]) => late)) rows.push(row(glyph("bad"), quanyu.words.t("deskmap.overdue")));
    return [...rows, crew(), el("div", "n", over(data))];
  }

  function points(data, counts) {
    const { el, glyph } = quanyu.dom;
    const { words, format } = quanyu;
    const rows = Object.keys(GLYPHS).filter((state) => counts[state])
      .map((state) => row(glyph(GLYPHS[state]), words.t("deskmap.part", { name: words.t(`deskmap.${state}`), n: format.count(counts[state]) })));
    return [el("div", "lt", data.name), ...rows, crew(), el("div", "n", located(data))];
  }

  function located(data) {
    const n = quanyu.format.count(data.total.n);
    if (data.cut) return quanyu.words.t("deskmap.points_cut", { n });
    return data.unplaced ? quanyu.words.t("deskmap.points_more", { n, m: quanyu.format.count(data.unplaced) }) : quanyu.words.t("deskmap.points_n", { n });
  }

  function heat(data, made) {
    const { el } = quanyu.dom;
    const title = el("div", "lt", quanyu.words.t("deskmap.density"));
    const n = quanyu.format.count(data.total.n);
    const note = made ? quanyu.words.t("deskmap.density_n", { n, m: made.radius_m }) : located(data);
    return [title, ...(made ? swatches(made.breaks, "density", false) : []), crew(), el("div", "n", note)];
  }

  quanyu.deskMapLegend = {
    value, classes,
    /** @param {HTMLElement} node @param {Object} data @param {Object} counts events by state @param {?Object} made the heat */
    paint(node, data, counts, made) {
      const focused = node.contains(document.activeElement);
      node.replaceChildren(...(data.kind === "areas" ? areas(data) : data.kind === "heat" ? heat(data, made) : points(data, counts)));
      if (focused) node.querySelector("button").focus();
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
