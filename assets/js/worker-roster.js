/**
 * Who is out just now. The server says who is rostered, with accuracy and battery; what somebody does and how old the
 * fix is follow the stream. Owns the list, what is looked for in it, and whom the map follows.
 */
(function (quanyu) {
  "use strict";

  const DOINGS = ["patrol", "handling", "still", "off_grid", "offline"];
  const ORDER = ["offline", "off_grid", "still", "missing", "handling", "patrol"];
  const GLYPHS = { patrol: "ok", handling: "acc", still: "warn", off_grid: "bad", offline: "off", missing: "off" };
  const TONES = { off_grid: "c-bad", still: "c-warn" };
  const AGAIN_MS = 60000;
  const KEEP_MS = 400;

  /** @type {?Object} */
  let config = null;
  let data = null;
  let look = { q: "", doing: "", follow: "" };
  let rows = new Map();
  let n = 0;
  let keeping = 0;
  let asked_ms = 0;

  const { at } = { at: (name) => quanyu.workerFrame.at(name) };

  /** @param {Object} given the page's config */
  function start(given) {
    config = given;
    const query = new URLSearchParams(location.search);
    look = { q: query.get("q") || "", doing: query.get("doing") || "", follow: query.get("follow") || "" };
    rows = new Map();
    quanyu.workerFrame.menus();
    search();
    quanyu.workerLive.start(config, { onPick: follow });
    ask();
    document.addEventListener("quanyu:lost", ask);
    quanyu.link.onFrame((kind) => kind === "reset" && setTimeout(ask, Math.random() * 5000));
    document.addEventListener("quanyu:crew", () => paint());
    quanyu.clock.onSecond(tick);
  }

  /** Reads the list anew. */
  function ask() {
    if (!document.getElementById("worker")) return;
    n += 1;
    asked_ms = Date.now() + Math.random() * AGAIN_MS * 0.2;
    window.dash_clientside.set_props("worker-ask", { data: { region: config.region, n } });
  }

  function tick() {
    if (!document.getElementById("worker") || document.hidden) return;
    if (Date.now() - asked_ms > AGAIN_MS) ask();
    paint();
  }

  /** From Dash: the list. @param {?Object} given @returns {string} */
  function show(given) {
    if (!given || !config) return "";
    if (given.error) {
      quanyu.workerFrame.say(given.error, ask);
      return "";
    }
    data = given;
    quanyu.workerFrame.say("");
    paint();
    return "on";
  }

  function search() {
    const { el } = quanyu.dom;
    const field = Object.assign(el("input", "wk-find"), { type: "search", value: look.q, placeholder: quanyu.words.t("worker.find") });
    field.setAttribute("aria-label", quanyu.words.t("worker.find"));
    field.addEventListener("input", () => {
      look.q = field.value.trim();
      paint();
      keep();
    });
    field.addEventListener("keydown", (event) => {
      const first = at("people").querySelector("tr:not([hidden]) .wk-follow");
      if (event.key === "Enter" && first) first.click();
    });
    at("search").replaceChildren(field);
  }

  /** What each does now, by the stream where it knows. */
  function present() {
    const known = quanyu.deskMapWorkers.known();
    const now = quanyu.clock.now();
    return data.rows.map((row) => {
      const live = row.doing === "missing" ? null : known.get(row.code);
      if (!live) return { ...row, age_ms: row.age_s === null ? null : row.age_s * 1000 + now - data.at, placed: false };
      const placed = live.fixed > 0;
      return { ...row, doing: DOINGS[live.flags] || row.doing, age_ms: placed ? Math.max(0, now - live.fixed) : null, placed };
    });
  }

  const fits = (row) => {
    const q = look.q.toLowerCase();
    return (!look.doing || row.doing === look.doing) && (!q || [row.name, row.code, row.place].some((text) => text.toLowerCase().includes(q)));
  };

  function paint() {
    if (!data || !at("people")) return;
    const { t } = quanyu.words;
    const { text, el } = quanyu.dom;
    text(at("people-sub"), t("worker.out_sub", { n: quanyu.format.count(data.on_duty), all: quanyu.format.count(data.rostered) }));
    const all = present().sort((a, b) => ORDER.indexOf(a.doing) - ORDER.indexOf(b.doing) || (a.code < b.code ? -1 : 1));
    doings(all);
    const body = at("people");
    // Nothing moves under a pointer or a finger that is about to press.
    const held = body.matches(":hover") || body.contains(document.activeElement);
    for (const row of all) line(row);
    const wanted = all.map((row) => rows.get(row.code).node);
    if (!held || wanted.length !== body.querySelectorAll("tr[data-worker]").length) body.replaceChildren(...wanted, tail);
    let shown = 0;
    for (const row of all) {
      const hidden = !fits(row);
      const { node } = rows.get(row.code);
      if (node.hidden !== hidden) node.hidden = hidden;
      if (!hidden) shown += 1;
    }
    const said = shown ? (data.left ? t("worker.more_out", { n: data.left }) : "") : t("worker.none_found");
    if (!tail.firstChild) tail.append(Object.assign(el("td", "none"), { colSpan: 6 }));
    text(tail.firstChild, said);
    tail.hidden = !said;
    const followed = look.follow && all.find((row) => row.code === look.follow);
    quanyu.workerLive.follow(followed ? { code: followed.code, name: followed.name, accuracy_m: followed.accuracy_m } : null);
    head(followed);
  }

  const tail = document.createElement("tr");

  function head(followed) {
    const { el, text } = quanyu.dom;
    const node = at("head");
    if (!followed) return node.replaceChildren();
    if (!node.firstChild) node.append(el("b"), el("span"));
    const { t } = quanyu.words;
    text(node.firstChild, t("worker.following", { name: followed.name }));
    text(node.lastChild, followed.placed ? `${t(`crew.${followed.doing}`)} · ${quanyu.format.age(followed.age_ms)}` : t("worker.no_place"));
  }

  function doings(all) {
    const { el, attr, text, glyph } = quanyu.dom;
    const { t } = quanyu.words;
    const group = at("doings");
    if (!group.firstChild) {
      for (const doing of ["", ...ORDER]) {
        const button = el("button", "wk-doing", [...(doing ? [glyph(GLYPHS[doing])] : []), el("span", "", t(doing ? `crew.${doing}` : "worker.all")), el("b", "num")]);
        button.type = "button";
        button.dataset.doing = doing;
        button.addEventListener("click", () => {
          look.doing = look.doing === doing ? "" : doing;
          paint();
          keep();
        });
        group.append(button);
      }
    }
    for (const button of group.children) {
      const { doing } = button.dataset;
      text(button.lastChild, quanyu.format.count(doing ? all.filter((row) => row.doing === doing).length : all.length));
      attr(button, "aria-pressed", look.doing === doing ? "true" : "false");
    }
  }

  function line(row) {
    const { el, text, cls, attr } = quanyu.dom;
    const { t } = quanyu.words;
    const { brief, DASH } = quanyu.format;
    let cells = rows.get(row.code);
    if (!cells) {
      const follower = el("button", "wk-follow", "◎");
      follower.type = "button";
      const link = el("a", "", row.name);
      link.href = row.address;
      link.title = row.code;
      cells = { follower, link, glyph: el("i", "st"), doing: el("span"), place: el("td", "ell t2"), age: el("td", "r t2 num"), accuracy: el("td", "r t2 num"), battery: el("td", "r num") };
      const node = el("tr", "", [el("td", "ell", [follower, link]), el("td", "", [cells.glyph, cells.doing]), cells.place, cells.age, cells.accuracy, cells.battery]);
      node.dataset.worker = row.code;
      cells.node = node;
      follower.addEventListener("click", () => follow(row.code));
      rows.set(row.code, cells);
    }
    const on = look.follow === row.code;
    cls(cells.node, on ? "on" : "");
    attr(cells.follower, "aria-pressed", on ? "true" : "false");
    attr(cells.follower, "aria-label", t(on ? "worker.unfollow" : "worker.follow", { name: row.name }));
    attr(cells.follower, "title", cells.follower.getAttribute("aria-label"));
    cls(cells.glyph, `st ${GLYPHS[row.doing]}`);
    text(cells.doing, t(`crew.${row.doing}`));
    cls(cells.doing, TONES[row.doing] || "t2");
    text(cells.place, row.place);
    text(cells.age, row.age_ms === null ? DASH : brief(row.age_ms));
    text(cells.accuracy, row.accuracy_m === null ? DASH : t("worker.metres", { m: Math.round(row.accuracy_m) }));
    text(cells.battery, row.battery === null ? DASH : t("worker.percent", { n: row.battery }));
    cls(cells.battery, row.battery !== null && row.battery <= 15 ? "r num c-warn" : "r num t2");
  }

  /** Follows somebody, or no longer. @param {string} code */
  function follow(code) {
    look.follow = look.follow === code ? "" : code;
    paint();
    keep();
  }

  /** What is looked for stands in the address. */
  function keep() {
    clearTimeout(keeping);
    keeping = setTimeout(() => {
      const query = new URLSearchParams({ region: config.region });
      for (const name of ["q", "doing", "follow"]) if (look[name]) query.set(name, look[name]);
      history.replaceState(history.state, "", `${location.pathname}?${query}`);
    }, KEEP_MS);
  }

  quanyu.workerRoster = { start, show, follow };
})((globalThis.quanyu = globalThis.quanyu || {}));
