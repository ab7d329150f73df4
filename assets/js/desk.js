/** A page at the desk: language, clock, and the live badge. Its tables come from the server. */
(function (quanyu) {
  "use strict";

  /**
   * The badge listens to beats only; it keeps nothing of the frames. Its age is that of the page's own figures, where
   * they were read once. @param {?number} read_ms
   */
  function badge(read_ms) {
    const { dom } = quanyu;
    const { el, glyph } = dom;
    const root = document.getElementById("desk-live");
    const mark = glyph("off");
    const word = el("b");
    const age = el("span");
    const emergency = el("b", "tag emer-tag");
    emergency.hidden = true;
    root.replaceChildren(emergency, mark, word, age);
    return () => {
      const { link, words, format } = quanyu;
      const status = link.status();
      const feeds = Object.values(link.feeds());
      const stale = feeds.some((feed) => feed.stale);
      const ages = feeds.map((feed) => feed.age_ms).filter((one) => one !== null);
      const own = read_ms ? Math.max(0, quanyu.clock.now() - read_ms) : ages.length ? Math.min(...ages) : null;
      const state = status === "live" && stale ? "stale" : status;
      dom.cls(mark, "st " + { live: "ok", stale: "warn", lost: "bad", wait: "off" }[state]);
      dom.text(word, words.t(`live.${state}`));
      document.documentElement.dataset.live = state;
      const shown = state === "lost" ? link.silent_ms : own;
      emergency.hidden = !quanyu.posture.emergency(link.state);
      dom.text(emergency, words.t("posture.short"));
      dom.text(age, shown === null ? "" : words.t("live.age", { age: format.age(shown) }));
    };
  }

  /** The tab says what it shows: the region or the part of the product, then whose it is. */
  function nameDocument() {
    const region = document.querySelector(".dk-crumbs > b, .dk-crumbs summary.on");
    const named = region || document.querySelector(".topbar [aria-current]");
    const whose = document.querySelector(".topbar .brand")?.textContent || "";
    const event = location.pathname.match(/^\/event\/([^/]+)/);
    document.title = [event ? decodeURIComponent(event[1]) : named?.textContent, whose].filter(Boolean).join(" · ");
  }

  /** The menu of the top line shuts with Escape, and when something else is clicked. */
  function menu() {
    const more = /** @type {?HTMLDetailsElement} */ (document.querySelector(".nav-more"));
    if (!more) return;
    document.addEventListener("click", (event) => {
      if (!more.contains(/** @type {Node} */ (event.target))) more.open = false;
    });
    more.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !more.open) return;
      more.open = false;
      more.querySelector("summary").focus();
      event.stopPropagation();
    });
  }

  /** @param {{words: Object, lang: string, zone: string, read_ms: ?number, live: boolean}} config live: the viewer gets the stream */
  function start(config) {
    quanyu.words.open(config.words, config.lang);
    const lang = document.getElementById("desk-lang");
    lang.addEventListener("click", () => {
      quanyu.words.choose(quanyu.words.lang === "zh" ? "en" : "zh");
      location.reload();
    });
    if (config.zone) quanyu.clock.setZone(config.zone);
    nameDocument();
    menu();
    const paint = config.live ? badge(config.read_ms) : () => {};
    document.getElementById("desk-live").hidden = !config.live;
    const [date, time] = [document.getElementById("desk-date"), document.getElementById("desk-clock")];
    quanyu.clock.onSecond(() => {
      paint();
      const now = quanyu.clock.local(quanyu.clock.now());
      const values = { mm: now.month, dd: now.day, day: String(Number(now.day)), month: quanyu.words.t(`month.${now.month}`) };
      quanyu.dom.text(date, quanyu.words.t("desk.date", { ...values, weekday: quanyu.words.t(`weekday.${now.weekday}`) }));
      quanyu.dom.text(time, quanyu.clock.time(quanyu.clock.now()));
    });
    quanyu.clock.start();
    if (config.place) {
      quanyu.deskMenus.start(config.place.menus);
      quanyu.desk.view.start(config.place);
      quanyu.deskPanels.start();
      quanyu.deskSound.start();
      quanyu.deskLive.start();
      quanyu.exportMenu.dress(config.place.exports);
    }
    if (config.live) quanyu.link.start({ alone: config.alone, light: true });
  }

  quanyu.desk = Object.assign(quanyu.desk || {}, { start });
})((globalThis.quanyu = globalThis.quanyu || {}));
