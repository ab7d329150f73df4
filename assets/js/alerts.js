/** What needs a decision: the worst alerts, numbered as on the map, with their time over or left. */
(function (quanyu) {
  "use strict";

  const MOST = 12;
  let root;
  let sub;
  let loud;
  let built = [];
  let announced = null;

  function mount(node) {
    root = node;
    sub = root.parentElement.querySelector("header .sub");
    loud = document.getElementById("wall-loud");
    built = [];
    root.replaceChildren();
  }

  function build() {
    const { el } = quanyu.dom;
    const number = el("i");
    const mark = el("span", "an", number);
    const level = el("span", "lv");
    const text = el("span", "ax");
    const place = el("span", "ap");
    const time = el("span", "at");
    return { node: el("div", "ar", [mark, level, text, place, time]), number, mark, level, text, place, time };
  }

  /** How many alerts fit into the panel's height; the map numbers as many. */
  function room() {
    const rem = quanyu.dom.scale() * 16;
    return Math.max(3, Math.min(MOST, Math.floor(((root && root.clientHeight) || 0) / (1.875 * rem))));
  }

  /** Time over or left, in words. @param {EventRecord} record @param {number} now */
  function timing(record, now) {
    const { words, format } = quanyu;
    if (record.due === null) return words.t("alert.no_limit");
    const over = record.due < now;
    return words.t(over ? "alert.over" : "alert.left", { span: format.duration(Math.abs(now - record.due)) });
  }

  /** Speaks only of alerts of level 1 that were not there before. */
  function announce(view) {
    const now = new Set(view.alerts.filter((record) => record.al === 1).map((record) => record.id));
    if (announced !== null) {
      const fresh = view.alerts.find((record) => record.al === 1 && !announced.has(record.id));
      if (fresh) {
        const { figures, words } = quanyu;
        const what = figures.category(view.state, fresh.cat);
        quanyu.dom.text(loud, words.t("alert.loud", { what, where: figures.place(view.state, fresh.r, true) }));
      }
    }
    announced = now;
  }

  function paintRow(shown, view, record, place) {
    const { dom, words, figures } = quanyu;
    const late = record.due !== null && record.due < view.now;
    shown.node.dataset.event = String(record.id);
    dom.cls(shown.mark, late || record.al === 1 ? "an bad" : "an warn");
    dom.text(shown.number, String(place + 1));
    dom.text(shown.level, words.t(`alert.level_${record.al}`));
    dom.text(shown.text, figures.category(view.state, record.cat));
    dom.text(shown.place, figures.place(view.state, record.r, true));
    dom.text(shown.time, timing(record, view.now));
    dom.cls(shown.time, "at " + (late ? "c-bad" : record.due === null ? "t3" : "c-warn"));
  }

  function paint(view, what) {
    if (!what.all && !what.events && !what.tick) return;
    const { dom, words, format } = quanyu;
    const first = view.alerts.filter((record) => record.al === 1).length;
    dom.text(sub, words.t("alert.levels", { first: format.count(first), second: format.count(view.alerts.length - first) }));
    const list = view.alerts.slice(0, room());
    dom.nothing(root, list.length === 0, words.t("alert.none"));
    while (built.length > list.length) built.pop().node.remove();
    while (built.length < list.length) {
      built.push(build());
      root.append(built[built.length - 1].node);
    }
    list.forEach((record, i) => paintRow(built[i], view, record, i));
    if (what.all || what.events) announce(view);
  }

  quanyu.panels = quanyu.panels || {};
  quanyu.panels.alerts = { mount, paint, room, timing };
})((globalThis.quanyu = globalThis.quanyu || {}));
