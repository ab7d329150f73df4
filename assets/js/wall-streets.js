/** The wall's view of streets: every street in one table, with what came, what waits, what is late, who is out. */
(function (quanyu) {
  "use strict";

  const COUNTS = ["reported", "closed", "open", "overdue", "due_2h"];
  const RATES = ["on_time_due", "satisfaction"];
  const COLUMNS = ["street", ...COUNTS, ...RATES, "on_duty"];
  let heads = [];
  let body;
  let sub;
  let built = [];

  function mount(root) {
    sub = root.parentElement.querySelector("header .sub");
    built = [];
    ({ heads, body } = quanyu.dom.listed(root, COLUMNS, (name) => name !== "street"));
  }

  function build() {
    const { el, glyph } = quanyu.dom;
    const place = el("td", "vw-place");
    const mark = glyph("ok");
    const name = el("span");
    const cells = Object.fromEntries(COUNTS.map((key) => [key, el("td", "r")]));
    const rates = RATES.map((key) => {
      const [value, of] = [el("b"), el("span", "vw-of")];
      return { key, value, of, node: el("td", "r", [value, of]) };
    });
    const duty = el("td", "r");
    const street = el("td", "vw-name", [mark, name]);
    const node = el("tr", "", [place, street, ...COUNTS.map((key) => cells[key]), ...rates.map((rate) => rate.node), duty]);
    body.append(node);
    return { node, place, mark, name, cells, rates, duty };
  }

  function paintRow(shown, row, state) {
    const { dom, format, words, figures } = quanyu;
    const region = state.regions.get(row.code);
    const counts = state.counts.get(row.code) || {};
    shown.node.dataset.street = row.code;
    dom.text(shown.place, row.place === null ? format.DASH : String(row.place));
    dom.cls(shown.mark, "st " + row.colour);
    dom.text(shown.name, region ? words.name(region.zh, region.en) : row.code);
    for (const key of COUNTS) dom.text(shown.cells[key], format.count(counts[key] || 0));
    dom.cls(shown.cells.overdue, counts.overdue ? "r c-bad" : "r t3");
    for (const rate of shown.rates) {
      const { n, d } = figures.pair(counts, rate.key);
      dom.text(rate.value, d > 0 ? format.rate(n, d) + "%" : format.DASH);
      dom.text(rate.of, d > 0 ? `${format.count(n)}/${format.count(d)}` : "");
    }
    dom.text(shown.duty, `${format.count(counts.on_duty || 0)} / ${format.count(counts.rostered || 0)}`);
  }

  function paint(view, what) {
    if (!quanyu.wallViews.shows("streets")) return;
    const { dom, words } = quanyu;
    const list = view.ranking;
    const shown = quanyu.panels.ranking.page(list, view.now);
    if (!what.all && !what.streets && !(shown.pages > 1 && what.tick)) return;
    heads.forEach((head, i) => dom.text(head, words.t(`streets.${COLUMNS[i]}`)));
    const range = { from: shown.from, to: shown.from + shown.rows.length - 1, all: list.length };
    dom.text(sub, shown.pages > 1 ? words.t("rank.page", range) : words.t("streets.by"));
    while (built.length > shown.rows.length) built.pop().node.remove();
    while (built.length < shown.rows.length) built.push(build());
    built.forEach((row, i) => paintRow(row, shown.rows[i], view.state));
  }

  quanyu.panels = quanyu.panels || {};
  quanyu.panels.streets = { mount, paint };
})((globalThis.quanyu = globalThis.quanyu || {}));
