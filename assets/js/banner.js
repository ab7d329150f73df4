/** What is wrong with the data, if anything, in one line over the map: lost, or a feed that is late. */
(function (quanyu) {
  "use strict";

  const FEEDS = ["event", "position", "hotline", "sensor"];
  let node;
  let mark;
  let head;
  let text;
  let button;

  function mount() {
    const { el } = quanyu.dom;
    node = document.getElementById("wall-banner");
    mark = quanyu.dom.glyph("bad");
    head = el("b");
    text = el("span");
    button = el("button", "btn sm");
    button.type = "button";
    button.addEventListener("click", () => quanyu.link.again());
    node.replaceChildren(mark, head, text, button);
  }

  function lostText(view) {
    const { words, format, link } = quanyu;
    const until = view.until ? words.t("lost.until", { time: view.until }) : "";
    const since = words.t("lost.since", { span: format.age(link.silent_ms) });
    const { state, attempt, retry_at } = link.connection;
    if (state === "open") return until + since + words.t("lost.connected");
    const left = Math.max(0, Math.ceil((retry_at - Date.now()) / 1000));
    return until + since + words.t(left ? "lost.retry" : "lost.trying", { n: Math.max(1, attempt), s: left });
  }

  function paint(view) {
    const { dom, words, format } = quanyu;
    const late = FEEDS.filter((key) => view.feeds[key].stale);
    const kind = view.lost ? "bad" : !view.waiting && late.length ? "warn" : "";
    node.hidden = !kind;
    if (!kind) return;
    dom.cls(node, "bn " + kind);
    dom.cls(mark, "st " + kind);
    button.hidden = kind !== "bad";
    dom.text(button, words.t("lost.again"));
    if (kind === "bad") {
      dom.text(head, words.t("lost.title"));
      return dom.text(text, lostText(view));
    }
    const list = late.map((key) => words.t("stale.feed", { feed: words.t(`feed.${key}`), age: format.age(view.feeds[key].age_ms) }));
    dom.text(head, list.join(words.t("list.comma")));
    const fine = FEEDS.filter((key) => !late.includes(key) && view.feeds[key].age_ms !== null);
    dom.text(text, fine.length ? words.t("stale.fine", { feeds: fine.map((key) => words.t(`feed.${key}`)).join(words.t("list.and")) }) : "");
  }

  quanyu.panels = quanyu.panels || {};
  quanyu.panels.banner = { mount, paint, always: true };
})((globalThis.quanyu = globalThis.quanyu || {}));
