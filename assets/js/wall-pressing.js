/** The wall's view of what presses: the worst alerts with their place, their stage, their time and who was told. */
(function (quanyu) {
  "use strict";

  const MOST = 14;
  const COLUMNS = ["level", "what", "where", "source", "stage", "told", "reported", "due", "time"];
  let heads = [];
  let root;
  let body;
  let sub;
  let built = [];

  function mount(node) {
    root = node;
    sub = root.parentElement.querySelector("header .sub");
    built = [];
    ({ heads, body } = quanyu.dom.listed(root, COLUMNS, (name) => name === "time"));
  }

  function build() {
    const { el } = quanyu.dom;
    const number = el("i");
    const mark = el("span", "an", number);
    const cells = COLUMNS.map(() => el("td"));
    const node = el("tr", "", [el("td", "vw-place", mark), ...cells]);
    body.append(node);
    return { node, number, mark, cells };
  }

  /** Who was told: an order, a reminder, a higher level. @param {EventRecord} record */
  function told(record) {
    const { words } = quanyu;
    const found = [record.sup === 2 ? "event.supervised" : record.sup === 1 ? "event.reminded" : "", record.esc ? "event.escalated" : ""];
    return found.filter(Boolean).map((key) => words.t(key)).join(words.t("list.comma")) || quanyu.format.DASH;
  }

  /** @param {number} ms */
  function short(ms) {
    const { month, day, hour, minute } = quanyu.clock.local(ms);
    return `${month}-${day} ${hour}:${minute}`;
  }

  /**
   * What is said of an alert, for each of the columns. @param {EventRecord} record @param {Object} view
   * @param {function(number): string} at @returns {string[]}
   */
  function texts(record, view, at) {
    const { words, figures } = quanyu;
    const { state } = view;
    const stage = state.workflow.stages.find((one) => one.key === record.stage);
    return [
      words.t(`alert.level_${record.al}`), figures.category(state, record.cat), figures.place(state, record.r, false),
      words.t(`source.${record.src}`), stage ? words.name(stage.zh, stage.en) : record.stage, told(record),
      at(record.t), record.due === null ? quanyu.format.DASH : at(record.due), quanyu.panels.alerts.timing(record, view.now),
    ];
  }

  function paintRow(shown, record, view, place) {
    const { dom } = quanyu;
    const late = record.due !== null && record.due < view.now;
    shown.node.dataset.event = String(record.id);
    dom.cls(shown.mark, late || record.al === 1 ? "an bad" : "an warn");
    dom.text(shown.number, String(place + 1));
    texts(record, view, short).forEach((text, i) => dom.text(shown.cells[i], text));
    dom.cls(shown.cells[COLUMNS.indexOf("time")], "r " + (late ? "c-bad" : record.due === null ? "t3" : "c-warn"));
  }

  function paint(view, what) {
    if (!quanyu.wallViews.shows("pressing") || (!what.all && !what.events && !what.tick)) return;
    const { dom, words, format } = quanyu;
    const first = view.alerts.filter((record) => record.al === 1).length;
    dom.text(sub, words.t("alert.levels", { first: format.count(first), second: format.count(view.alerts.length - first) }));
    heads.forEach((head, i) => dom.text(head, words.t(`pressing.${COLUMNS[i]}`)));
    const list = view.alerts.slice(0, MOST);
    dom.nothing(root, list.length === 0, words.t("alert.none"));
    root.firstElementChild.hidden = list.length === 0;
    while (built.length > list.length) built.pop().node.remove();
    while (built.length < list.length) built.push(build());
    list.forEach((record, i) => paintRow(built[i], record, view, i));
  }

  quanyu.panels = quanyu.panels || {};
  quanyu.panels.pressing = { mount, paint, texts, COLUMNS };
})((globalThis.quanyu = globalThis.quanyu || {}));
