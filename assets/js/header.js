/** The top line: whose wall this is, whether it is live, how old each feed is, shift, date and clock. */
(function (quanyu) {
  "use strict";

  const FEEDS = ["event", "position", "hotline", "sensor"];
  const GIVING_WAY = ["subtitle", "date", "shift"];
  /** @type {Object<string, HTMLElement>} */
  let at = {};
  let feeds = [];

  function mount() {
    const { el, glyph } = quanyu.dom;
    for (const name of ["title", "subtitle", "mode", "lang", "live", "feeds", "shift", "date", "clock"]) {
      at[name] = document.getElementById("wall-" + name);
    }
    at.mark = glyph("off");
    at.word = el("b");
    at.age = el("span");
    at.live.replaceChildren(at.mark, at.word, at.age);
    feeds = FEEDS.map((key) => {
      const name = el("i");
      const age = el("b");
      const node = el("span", "", [name, age]);
      node.dataset.feed = key;
      at.feeds.append(node);
      return { key, node, name, age };
    });
    at.shiftName = el("b");
    at.shiftHours = el("span");
    at.shiftLead = el("div");
    at.shift.replaceChildren(el("div", "", [at.shiftName, " ", at.shiftHours]), at.shiftLead);
    at.day = el("div");
    at.weekday = el("div");
    at.date.replaceChildren(at.day, at.weekday);
    at.lang.addEventListener("click", () => quanyu.words.choose(quanyu.words.lang === "zh" ? "en" : "zh"));
  }

  /** The shift of a local time "14:32"; shifts may pass midnight. */
  function shiftAt(shifts, time) {
    return (shifts || []).find(({ start, end }) => (start < end ? time >= start && time < end : time >= start || time < end));
  }

  function paintLive(view) {
    const { dom, words, format } = quanyu;
    const ages = FEEDS.map((key) => view.feeds[key].age_ms).filter((age) => age !== null);
    const stale = FEEDS.some((key) => view.feeds[key].stale);
    const kind = view.lost ? "bad" : view.waiting ? "off" : stale ? "warn" : "ok";
    dom.cls(at.mark, "st " + kind);
    const state = view.lost ? "lost" : view.waiting ? "wait" : stale ? "stale" : "live";
    dom.text(at.word, words.t(`live.${state}`));
    document.documentElement.dataset.live = state;
    const age = ages.length ? Math.min(...ages) : null;
    dom.text(at.age, age === null ? "" : words.t("live.age", { age: format.age(view.lost ? quanyu.link.silent_ms : age) }));
    for (const feed of feeds) {
      const { age_ms, stale: old } = view.feeds[feed.key];
      dom.text(feed.name, words.t(`feed.${feed.key}`));
      dom.text(feed.age, age_ms === null ? format.DASH : format.brief(age_ms));
      dom.cls(feed.node, old ? "warn" : "");
    }
  }

  function paintClock(view) {
    const { dom, clock, words } = quanyu;
    const p = clock.local(view.now);
    dom.text(at.clock, `${p.hour}:${p.minute}:${p.second}`);
    const weekday = words.t(`weekday.${p.weekday}`);
    const month = words.t(`month.${p.month}`);
    const values = { year: p.year, month, day: String(Number(p.day)), mm: p.month, dd: p.day, weekday };
    dom.text(at.day, words.t("date.first", values));
    dom.text(at.weekday, words.t("date.second", values));
    const night = p.hour >= "22" || p.hour < "06";
    document.documentElement.classList.toggle("is-night", night);
    if (!view.state) return;
    const shift = shiftAt(view.state.district.shifts, `${p.hour}:${p.minute}`);
    at.shift.hidden = !shift;
    if (!shift) return;
    dom.text(at.shiftName, words.name(shift.zh, shift.en));
    dom.text(at.shiftHours, `${shift.start}–${shift.end}`);
    const lead = shift.lead ? words.name(shift.lead.zh, shift.lead.en) : "";
    dom.text(at.shiftLead, lead ? words.t("shift.lead", { name: lead }) : "");
  }

  function paintTitle(view) {
    const { dom, words } = quanyu;
    const { district } = view.state;
    const pick = (both) => (both ? words.name(both.zh, both.en) : "");
    const title = pick(district.title) || words.name(district.name, district.name_en);
    dom.text(at.title, title);
    at.title.classList.remove("skel");
    document.title = title;
    dom.text(at.subtitle, words.lang === "zh" ? district.subtitle?.zh || "" : district.subtitle?.en || "");
    at.mode.hidden = district.mode === "live" || !district.mode;
    dom.text(at.mode, words.t(`mode.${district.mode || "live"}`));
  }

  /** Where the line is too short for the title, other parts of it give way, one after the other. */
  function makeRoom() {
    for (const name of GIVING_WAY) at[name].classList.remove("no-room");
    for (const name of GIVING_WAY) {
      if (at.title.scrollWidth <= at.title.clientWidth) return;
      at[name].classList.add("no-room");
    }
  }

  function paint(view, what) {
    if (what.all && view.state) paintTitle(view);
    if (what.all) quanyu.dom.text(at.lang, quanyu.words.t("lang.other"));
    if (what.all || what.tick || what.status || what.beat) {
      paintLive(view);
      paintClock(view);
    }
    if (what.all && view.state) makeRoom();
  }

  quanyu.panels = quanyu.panels || {};
  quanyu.panels.header = { mount, paint, always: true };
})((globalThis.quanyu = globalThis.quanyu || {}));
