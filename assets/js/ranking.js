/** Streets by their rate of events closed in time: dots on a cut axis, in pages where there are many. */
(function (quanyu) {
  "use strict";

  const ROWS = 14;
  const PAGE_S = 12;
  const AXIS_FROM = 85;
  let body;
  let sub;
  let axis;
  let heads;
  let keys;
  let built = [];

  function mount(root) {
    const { el } = quanyu.dom;
    sub = root.parentElement.querySelector("header .sub");
    keys = Array.from(root.parentElement.querySelectorAll("header .rk-of"));
    axis = [el("span"), el("span")];
    heads = ["rn", "rv", "ro", "rx"].map((name) => el("span", name));
    const head = el("div", "rr rhd", [el("span"), el("span"), heads[0], el("span", "rax", axis), ...heads.slice(1)]);
    body = el("div", "rbody");
    built = [];
    root.replaceChildren(head, body);
  }

  function build() {
    const { el, glyph } = quanyu.dom;
    const place = el("span", "ri");
    const mark = glyph("ok");
    const name = el("span", "rn ell");
    const target = el("u");
    const dot = el("i");
    const value = el("b", "rv");
    const open = el("span", "ro");
    const late = el("span", "rx");
    const node = el("a", "rr", [place, mark, name, el("span", "rb", [target, dot]), value, open, late]);
    return { node, place, mark, name, target, dot, value, open, late };
  }

  /** Pages of equal length, each at most fourteen rows. */
  function page(list, now_ms) {
    const pages = Math.ceil(list.length / ROWS) || 1;
    const size = Math.ceil(list.length / pages) || 1;
    const which = Math.floor(now_ms / 1000 / PAGE_S) % pages;
    return { rows: list.slice(which * size, (which + 1) * size), from: which * size + 1, size, pages };
  }

  function paintRow(shown, row, state, low) {
    const { dom, format, words } = quanyu;
    const region = state.regions.get(row.code);
    const left = (rate) => `${(((rate * 100 - low) / (100 - low)) * 100).toFixed(1)}%`;
    dom.cls(shown.node, "rr " + row.colour);
    dom.attr(shown.node, "href", "/region/" + encodeURIComponent(row.code));
    dom.attr(shown.node, "title", `${format.count(row.n)} / ${format.count(row.d)}`);
    dom.text(shown.place, row.place === null ? format.DASH : String(row.place));
    dom.cls(shown.mark, "st " + row.colour);
    dom.text(shown.name, region ? words.name(region.zh, region.en && quanyu.figures.brief(region.en)) : row.code);
    shown.dot.hidden = row.value === null;
    if (row.value !== null) dom.style(shown.dot, "left", left(row.value));
    dom.style(shown.target, "left", left(state.district.targets.on_time_due));
    dom.text(shown.value, format.rate(row.n, row.d));
    dom.text(shown.open, format.count(row.open));
    dom.text(shown.late, format.count(row.overdue));
    dom.cls(shown.late, row.overdue ? "rx" : "rx z");
  }

  function paint(view, what) {
    const { dom, words } = quanyu;
    const list = view.ranking;
    const shown = page(list, view.now);
    const paged = shown.pages > 1;
    if (!what.all && !what.streets && !(paged && what.tick)) return;
    const lowest = Math.min(AXIS_FROM, ...list.filter((row) => row.value !== null).map((row) => row.value * 100));
    const low = Math.max(0, Math.floor(lowest / 5) * 5);
    ["rank.street", "rank.rate", "rank.open", "rank.overdue"].forEach((key, i) => dom.text(heads[i], words.t(key)));
    dom.text(axis[0], String(low));
    dom.text(axis[1], "100");
    const range = words.t("rank.page", { from: shown.from, to: shown.from + shown.rows.length - 1, all: list.length });
    dom.text(sub, paged ? range : words.t("rank.by"));
    const [red, yellow] = quanyu.figures.thresholds(view.state).map((share) => +(share * 100).toFixed(1));
    [`≥${yellow}`, `${red}–${yellow}`, `<${red}`].forEach((text, i) => dom.text(keys[i], text));
    while (built.length > shown.size) built.pop().node.remove();
    while (built.length < shown.size) {
      built.push(build());
      body.append(built[built.length - 1].node);
    }
    built.forEach((row, i) => {
      row.node.classList.toggle("void", !shown.rows[i]);
      row.node.hidden = !shown.rows[i];
      if (shown.rows[i]) paintRow(row, shown.rows[i], view.state, low);
    });
  }

  quanyu.panels = quanyu.panels || {};
  quanyu.panels.ranking = { mount, paint, page };
})((globalThis.quanyu = globalThis.quanyu || {}));
