/**
 * The alarm of a desk page: a sound for new alerts of level 1 in its region, which a user switches on and acknowledges
 * with one key. What rings is that an event became such an alert, not whatever else is done about one. The choice is
 * this browser's own; without a gesture of the user a browser stays silent, and says so.
 */
(function (quanyu) {
  "use strict";

  const KEY = "quanyu.sound";
  const ACKNOWLEDGE = "a";
  const EVERY_MS = 4000;
  const MOST_KNOWN = 2000;
  const TONES = [[880, 0], [660, 0.22], [880, 0.44]];
  const BELL = "M8 2a4 4 0 0 0-4 4v3l-1.500 2.500h11L12 9V6a4 4 0 0 0-4-4ZM6.500 13.500a1.500 1.500 0 0 0 3 0";
  const SLASH = "M2.500 2.500l11 11";

  /** @type {?AudioContext} */
  let audio = null;
  let on = false;
  /** @type {Map<number, EventRecord>} alerts that nobody has acknowledged */
  const ringing = new Map();
  /** @type {Set<number>} events that became alerts, whose record has not come yet */
  const raised = new Set();
  /** @type {Map<number, EventRecord>} alerts of the region, as their last records have them */
  const standing = new Map();
  let timer = 0;
  let button;
  let banner;

  function stored() {
    try {
      return localStorage.getItem(KEY) === "on";
    } catch {
      return false;
    }
  }

  function wake() {
    if (!on || !globalThis.AudioContext) return;
    audio = audio || new AudioContext();
    if (audio.state === "suspended") audio.resume().then(paint, () => {});
  }

  function play() {
    if (!on || !audio || audio.state !== "running") return;
    for (const [hertz, after_s] of TONES) {
      const [tone, volume] = [audio.createOscillator(), audio.createGain()];
      const at = audio.currentTime + after_s;
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(0, at);
      volume.gain.linearRampToValueAtTime(0.18, at + 0.02);
      volume.gain.linearRampToValueAtTime(0, at + 0.2);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.22);
    }
  }

  function repeat() {
    clearTimeout(timer);
    if (!ringing.size) return;
    play();
    timer = setTimeout(repeat, EVERY_MS);
  }

  /** Records of alerts that just became such, and of those that are over. @param {EventRecord[]} records */
  function hear(records) {
    const fresh = [];
    for (const record of records) {
      const loud = record.state === "open" && record.al === 1 && quanyu.desk.holds(record.r);
      if (!loud) {
        ringing.delete(record.id);
        standing.delete(record.id);
        raised.delete(record.id);
        continue;
      }
      if (standing.size > MOST_KNOWN) standing.clear();
      standing.set(record.id, record);
      if (raised.delete(record.id)) fresh.push(record);
    }
    ring(fresh);
  }

  /** Events became alerts; their records come just before or after. @param {Array<{id: number, level: number}>} alerts */
  function raise(alerts) {
    const fresh = [];
    for (const alert of alerts) {
      if (alert.level !== 1) continue;
      const record = standing.get(alert.id);
      if (record) fresh.push(record);
      else {
        if (raised.size > MOST_KNOWN) raised.clear();
        raised.add(alert.id);
      }
    }
    if (fresh.length) ring(fresh);
  }

  /** @param {EventRecord[]} records */
  function ring(records) {
    for (const record of records) ringing.set(record.id, record);
    const fresh = records.at(-1);
    if (fresh) quanyu.dom.text(document.getElementById("desk-loud"), quanyu.words.t("alarm.said", { code: fresh.code }));
    paint();
    if (fresh) repeat();
  }

  function acknowledge() {
    if (!ringing.size) return;
    ringing.clear();
    clearTimeout(timer);
    quanyu.dom.text(document.getElementById("desk-loud"), "");
    paint();
  }

  function paint() {
    const { dom, words } = quanyu;
    const silent = on && (!audio || audio.state !== "running");
    dom.attr(button, "aria-pressed", on ? "true" : "false");
    dom.attr(button, "title", words.t(silent ? "alarm.asleep" : on ? "alarm.on" : "alarm.off"));
    button.classList.toggle("asleep", silent);
    button.firstElementChild.lastElementChild.toggleAttribute("hidden", on);
    dom.attr(button.firstElementChild.lastElementChild, "d", on ? "" : SLASH);
    banner.hidden = ringing.size === 0;
    if (!ringing.size) return;
    const last = [...ringing.values()].at(-1);
    dom.text(banner.children[1], words.t("alarm.banner", { n: ringing.size, code: last.code }));
  }

  function build() {
    const { el, svg, glyph, text } = quanyu.dom;
    button = document.getElementById("desk-sound");
    banner = document.getElementById("desk-alarm");
    button.replaceChildren(svg("svg", { class: "ic", viewBox: "0 0 16 16", "aria-hidden": "true" }, [
      svg("path", { d: BELL }), svg("path", { d: SLASH }),
    ]));
    const open = el("button", "btn sm");
    const done = el("button", "btn sm pri");
    open.type = done.type = "button";
    text(open, quanyu.words.t("alarm.open"));
    text(done, quanyu.words.t("alarm.acknowledge"));
    open.addEventListener("click", () => {
      const last = [...ringing.values()].at(-1);
      if (last) quanyu.eventDrawer?.open(last.code);
    });
    done.addEventListener("click", acknowledge);
    banner.replaceChildren(glyph("bad"), el("b"), el("span"), open, done);
  }

  function typing(node) {
    return node && (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName));
  }

  function start() {
    build();
    on = stored();
    button.addEventListener("click", () => {
      on = !on;
      try {
        localStorage.setItem(KEY, on ? "on" : "off");
      } catch {
        /* Nothing is kept here: the choice holds for this page. */
      }
      wake();
      if (on) setTimeout(play, 100);
      paint();
    });
    for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, wake, { passive: true });
    document.addEventListener("keydown", (event) => {
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (plain && event.key.toLowerCase() === ACKNOWLEDGE && !typing(event.target)) acknowledge();
    });
    document.addEventListener("quanyu:events", (event) => hear(event.detail));
    quanyu.link.onFrame((kind, parts) => kind === "alert" && raise(parts));
    wake();
    paint();
  }

  quanyu.deskSound = { start, hear, raise, get ringing() { return ringing.size; } };
})((globalThis.quanyu = globalThis.quanyu || {}));
