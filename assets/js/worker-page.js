/**
 * A day played back: asks for tracks, keeps worker, day, moment and look in the address, and sets map, course and lists
 * to the moment. Each asking goes on record, so nothing is asked twice without need.
 */
(function (quanyu) {
  "use strict";

  const STEP_MS = 60000;
  const LONG_STEP_MS = 600000;
  const HOUR_MS = 3600000;
  const SLOW_MS = 300;
  const KEEP_MS = 400;
  const TYPING = "input, textarea, select, [contenteditable]";

  /** @type {?Object} */
  let config = null;
  /** @type {{code: string, region: string, day: string, raw: boolean, with: string[]}} */
  let state = { code: "", region: "", day: "", raw: false, with: [] };
  let map = null;
  let course = null;
  let player = null;
  let answers = [];
  let more = false;
  let hidden = new Set();
  let turn = 0;
  let keeping = 0;
  let listening = false;
  let week = null;

  const frame = () => quanyu.workerFrame;
  const tracks = () => (map ? map.tracks : []);
  const alone = () => answers.length === 1 && !state.region;

  /** From Dash: the page stands, and its script has run. @param {?Object} given @returns {string} */
  function show(given) {
    if (!given || given === config) return given ? "on" : "";
    config = given;
    if (config.mode === "out") quanyu.workerRoster.start(config);
    else start();
    return "on";
  }

  function start() {
    const told = { onStop: (i) => go(tracks()[0].stops[i].from, i), onPlace: (ms) => go(ms, null), onEvent: (event) => quanyu.eventDrawer.open(event.code) };
    map = quanyu.trackMap.create(frame().at("map"), told);
    course = quanyu.workerCourse.create(frame().at("course"), { onSeek: (ms) => go(ms, null) });
    player = quanyu.workerPlayer.create({ onMove: moved, onState: paced });
    frame().tools(map.map, map.fit);
    frame().menus();
    frame().at("play").addEventListener("click", (event) => {
      player.toggle();
      if (event.detail) frame().at("course").focus({ preventScroll: true });
    });
    for (const button of document.querySelectorAll("#worker [data-rate]")) {
      button.addEventListener("click", (event) => {
        player.pace(Number(button.dataset.rate));
        if (event.detail) frame().at("course").focus({ preventScroll: true });
      });
    }
    for (const button of document.querySelectorAll("#worker [data-raw]")) {
      button.addEventListener("click", () => change({ raw: button.dataset.raw === "1" }, { keep: true }));
    }
    listen();
    state = read();
    load({ at: quanyu.workerTimes.momentOf(state.day, new URLSearchParams(location.search).get("at")) });
  }

  function listen() {
    if (listening) return;
    listening = true;
    document.addEventListener("keydown", key);
    // Before the page's router hears of it: another day or worker is shown in place.
    window.addEventListener("popstate", (event) => {
      const same = config && config.mode !== "out" && location.pathname.startsWith("/worker") && Boolean(read().code) === Boolean(state.code) && document.getElementById("worker");
      if (!same) return;
      event.stopImmediatePropagation();
      state = read();
      load({ at: quanyu.workerTimes.momentOf(state.day, new URLSearchParams(location.search).get("at")) });
    }, true);
  }

  /** What the address says. */
  function read() {
    const query = new URLSearchParams(location.search);
    const [, , code] = location.pathname.split("/");
    const day = /^\d{4}-\d{2}-\d{2}$/.test(query.get("day") || "") ? query.get("day") : config.day || config.today;
    const beside = (query.get("with") || "").split(",").filter((one) => one && one !== code);
    return { code: code ? decodeURIComponent(code) : "", region: code ? "" : query.get("region") || config.region, day, raw: query.get("raw") === "1", with: [...new Set(beside)].slice(0, quanyu.trackMap.HUES.length - 1) };
  }

  /** The address of what is shown. @param {?number} at ms */
  function address(at) {
    const query = new URLSearchParams();
    if (state.region) query.set("region", state.region);
    query.set("day", state.day);
    if (Number.isFinite(at)) query.set("at", quanyu.workerTimes.clockOf(state.day, at));
    if (state.raw) query.set("raw", "1");
    if (state.with.length) query.set("with", state.with.join(","));
    return `${state.code ? `/worker/${encodeURIComponent(state.code)}` : "/worker"}?${query}`.replaceAll("%2C", ",").replaceAll("%3A", ":");
  }

  /** Shows something else, in place. @param {Object} changed parts of the state @param {{keep?: boolean}} [how] keep: the same moment */
  function change(changed, how = {}) {
    const on = player.playing;
    const at = how.keep ? player.at : NaN;
    player.pause();
    state = { ...state, ...changed };
    history.pushState(null, "", address(at));
    load({ at, keep: how.keep, play: on || how.play });
  }

  async function ask(url) {
    const answer = await fetch(url, { cache: "no-store" });
    const body = await answer.json().catch(() => null);
    if (answer.status === 401) location.reload();
    if (!answer.ok || !body) throw new Error(body?.error?.message || quanyu.words.t("worker.failed"));
    return body;
  }

  const url = (code, raw) => `/api/v1/workers/${encodeURIComponent(code)}/track?${new URLSearchParams({ day: state.day, lang: quanyu.words.lang, ...(raw ? { view: "raw" } : {}) })}`;

  async function fetched() {
    if (state.region) {
      const found = await ask(`/api/v1/tracks?${new URLSearchParams({ region: state.region, day: state.day, zoom: "18", lang: quanyu.words.lang })}`);
      return { list: found.workers, left: found.more };
    }
    const codes = [state.code, ...state.with];
    return { list: await Promise.all(codes.map((code) => ask(url(code, state.raw && codes.length === 1)))), left: false };
  }

  /** @param {{at?: number, keep?: boolean, play?: boolean}} how */
  async function load(how) {
    const mine = ++turn;
    menus();
    const slow = setTimeout(() => mine === turn && frame().say(quanyu.words.t("worker.loading")), SLOW_MS);
    try {
      const { list, left } = await fetched();
      if (mine !== turn) return;
      [answers, more] = [list, left];
      await draw(how);
      clearTimeout(slow);
      if (mine === turn) frame().say(said());
    } catch (error) {
      clearTimeout(slow);
      if (mine !== turn) return;
      player.pause();
      frame().say(error.message, () => load(how));
    }
  }

  /** Why nothing is to be seen, where that is so. */
  function said() {
    const { t } = quanyu.words;
    if (answers.some((one) => one.points.t.length)) return "";
    return answers.some((one) => one.shifts.length) ? t("worker.no_fixes") : t("worker.no_shift");
  }

  async function draw(how) {
    const visible = answers.filter((one) => !hidden.has(one.worker.code));
    await map.show(visible, { raw: alone() && state.raw, keep: how.keep, names: new Map(Object.entries(config.names)) });
    tracks().forEach((track, i) => (track.gaps = gaps(visible[i])));
    lists();
    span(how.at);
    if (!how.keep && alone()) renewWeek();
    if (how.play) player.play();
  }

  /** When nothing is known: between two fixes, and on shift before the first or after the last. */
  function gaps(answer) {
    const end = Math.max(...answer.shifts.map((one) => Date.parse(one.until)));
    const ms = (one) => ({ from: Date.parse(one.from), to: one.to ? Date.parse(one.to) : end });
    const found = answer.gaps.map((gap) => ({ ...ms(gap), reason: gap.reason, apart_m: gap.apart_m, lasted_s: gap.lasted_s }));
    for (const spell of answer.silent) {
      const own = { ...ms(spell), reason: "silent", apart_m: 0 };
      if (!found.some((gap) => gap.from < own.to && own.from < gap.to)) found.push({ ...own, lasted_s: (own.to - own.from) / 1000 });
    }
    return found.sort((a, b) => a.from - b.from);
  }

  /** The hours of the day, and where in them. @param {number} at NaN: the end */
  function span(at) {
    const shown = tracks().filter((track) => track.size);
    const shifts = answers.flatMap((one) => one.shifts).flatMap((one) => [Date.parse(one.starts_at), Date.parse(one.ends_at)]);
    const moments = [...shown.flatMap((track) => [track.start, track.end]), ...shifts];
    if (!moments.length) return void course.empty();
    const [from, to] = [Math.floor(Math.min(...moments) / HOUR_MS) * HOUR_MS, Math.ceil(Math.max(...moments) / HOUR_MS) * HOUR_MS];
    const now = Math.max(...answers.map((one) => Date.parse(one.as_of)));
    course.show(tracks(), from, Math.max(to, from + HOUR_MS), now, quanyu.trackMap.HUES);
    const first = shown.length ? Math.min(...shown.map((track) => track.start)) : from;
    const last = shown.length ? Math.max(...shown.map((track) => track.end)) : from;
    const slider = frame().at("course");
    quanyu.dom.attr(slider, "aria-valuemin", Math.round(first / 1000));
    quanyu.dom.attr(slider, "aria-valuemax", Math.round(last / 1000));
    player.span(first, last, Number.isFinite(at) ? at : last);
  }

  function lists() {
    const { at } = frame();
    quanyu.dom.text(at("since"), "");
    if (!alone()) {
      at("right").hidden = true;
      document.getElementById("worker").dataset.several = "on";
      return quanyu.workerSeveral.paint(at("left"), answers, hidden, { hues: quanyu.trackMap.HUES, day: state.day, more, onToggle: toggle });
    }
    at("right").hidden = false;
    delete document.getElementById("worker").dataset.several;
    const [answer] = answers;
    const [track] = tracks();
    const about = { today: config.today, target: config.target, again: () => load({ at: NaN }), names: new Map(Object.entries(config.names)), gridAt, onGo: go };
    week = quanyu.workerCard.left(at("left"), answer, about);
    quanyu.workerCard.stops(at("stops"), at("stops-sub"), track, answer, about);
    quanyu.workerCard.events(at("events"), at("events-sub"), answer);
    quanyu.workerCard.quality(at("quality"), answer.quality);
    const first = answer.shifts[0]?.checked_in_at;
    if (first) quanyu.dom.text(at("since"), quanyu.words.t("worker.since", { time: quanyu.workerTimes.short(Date.parse(first)) }));
    document.title = quanyu.words.t("worker.title", { name: answer.worker.name || answer.worker.code });
  }

  /** The grid that a spot lies in. */
  function gridAt({ x, y }) {
    const own = map.atlas?.shapes.get(answers[0].worker.region.code);
    for (const shape of map.atlas ? map.atlas.shapes.values() : []) {
      if (own && shape.level === own.level && quanyu.shapes.holds(shape, x, y)) return shape.code;
    }
    return "";
  }

  async function renewWeek() {
    const { code, day } = state;
    const place = week;
    try {
      const found = await ask(`/api/v1/workers/${encodeURIComponent(code)}/week?day=${day}&lang=${quanyu.words.lang}`);
      if (place === week) place.replaceChildren(quanyu.workerCard.week(found, day, config.target));
    } catch (error) {
      if (place === week) place.replaceChildren(quanyu.dom.el("p", "t3", error.message));
    }
  }

  function menus() {
    quanyu.workerMenus.paint(state, config, {
      onPerson: (code) => change({ code, with: [] }),
      onBeside: (code) => change({ with: state.with.includes(code) ? state.with.filter((one) => one !== code) : [...state.with, code], raw: false }, { keep: true }),
      onDay: (day) => change({ day }),
    });
  }

  async function toggle(code) {
    if (!hidden.delete(code)) hidden.add(code);
    if (hidden.size === answers.length) hidden.delete(code);
    await draw({ at: player.at, keep: true, play: player.playing });
    document.querySelectorAll("#worker .wk-toggle")[answers.findIndex((one) => one.worker.code === code)]?.focus();
  }

  /** To a moment. @param {number} ms @param {?number} stop its number from 0, where it is a stop */
  function go(ms, stop) {
    map.choose(stop);
    player.seek(ms);
    map.follow(ms);
  }

  /** @param {number} ms */
  function moved(ms) {
    map.head(ms);
    if (player && player.playing) map.follow(ms);
    course.move(ms);
    head(ms);
    clearTimeout(keeping);
    if (!player.playing) keeping = setTimeout(keep, KEEP_MS);
  }

  function keep() {
    if (turn && document.getElementById("worker")) history.replaceState(null, "", address(player.at));
  }

  /** What the worker did at a moment. */
  function doing(track, ms) {
    const { t } = quanyu.words;
    const gap = quanyu.trackStore.gapAt(track, ms);
    if (gap) return quanyu.workerCard.reasonOf(gap);
    const parts = [];
    const speed = quanyu.trackStore.speed(track, ms);
    const stop = track.stops.findIndex((one) => one.from <= ms && ms <= one.to);
    if (speed !== null) parts.push(t("worker.speed", { n: (speed * 3.6).toFixed(1) }));
    if (stop >= 0) parts.push(t("worker.at_stop", { n: stop + 1 }));
    if (track.away.some((one) => one.from <= ms && ms <= one.to)) parts.push(t("worker.at_away"));
    return parts.join(" · ");
  }

  function head(ms) {
    const { text, attr } = quanyu.dom;
    const { t } = quanyu.words;
    const { at } = frame();
    const node = at("head");
    if (!node.firstChild) node.append(quanyu.dom.el("b", "num"), quanyu.dom.el("span"));
    const time = quanyu.clock.time(ms);
    const what = tracks().length === 1 ? doing(tracks()[0], ms) : t("worker.several", { n: tracks().length });
    text(node.firstElementChild, time);
    text(node.lastElementChild, what);
    text(at("now"), time);
    const slider = at("course");
    attr(slider, "aria-valuenow", Math.round(ms / 1000));
    attr(slider, "aria-valuetext", t("worker.slider_at", { time, what }));
    const stop = tracks().length === 1 ? tracks()[0].stops.findIndex((one) => one.from <= ms && ms <= one.to) : -1;
    for (const button of document.querySelectorAll("#worker [data-stop]")) button.parentElement.classList.toggle("on", Number(button.dataset.stop) === stop);
  }

  function paced(playing, rate) {
    const button = frame().at("play");
    button.classList.toggle("on", playing);
    quanyu.dom.attr(button, "aria-label", quanyu.words.t(playing ? "worker.pause" : "worker.play"));
    for (const one of document.querySelectorAll("#worker [data-rate]")) quanyu.dom.attr(one, "aria-pressed", Number(one.dataset.rate) === rate ? "true" : "false");
    if (!playing) keeping = setTimeout(keep, KEEP_MS);
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (!player || !document.getElementById("worker") || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = /** @type {Element} */ (event.target);
    if (target.closest(`${TYPING}, details[open], dialog, .drawer`)) return;
    if (event.key === " ") {
      if (target.closest("button, a, summary")) return;
      event.preventDefault();
      return player.toggle();
    }
    const onSlider = Boolean(target.closest("[role=slider]"));
    if (onSlider && (event.key === "Home" || event.key === "End")) {
      event.preventDefault();
      return go(player.ends[event.key === "Home" ? 0 : 1], null);
    }
    if (target.closest(".leaflet-container")) return;
    const ways = onSlider ? { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1 } : { ArrowLeft: -1, ArrowRight: 1 };
    const way = ways[event.key];
    if (!way) return;
    event.preventDefault();
    go(player.at + way * (event.shiftKey ? LONG_STEP_MS : STEP_MS), null);
  }

  quanyu.workerPage = {
    show,
    get player() {
      return player;
    },
    get map() {
      return map;
    },
    get state() {
      return state;
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
