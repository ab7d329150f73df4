/** The workers of a region on the desk's map: fetched once, then moved by the stream's frames as on the wall. */
(function (quanyu) {
  "use strict";

  const AGAIN_MS = 300000;
  const KEY = "quanyu.desk.workers";
  let region = null;
  /** @type {?Atlas} */
  let atlas = null;
  let workers = null;
  let asking = 0;
  let timer = 0;
  let heard = false;

  let always = false;

  const wanted = () => always || localStorage.getItem(KEY) !== "off";

  function inside(grid) {
    let at = atlas && atlas.shapes.get(grid);
    while (at && at.code !== region) at = atlas.shapes.get(at.parent);
    return Boolean(at);
  }

  async function ask() {
    clearTimeout(timer);
    const turn = ++asking;
    if (!wanted()) return adopt([], Date.now());
    try {
      const answer = await fetch(`/live/workers/${encodeURIComponent(region)}`, { cache: "no-store" });
      if (turn !== asking) return;
      if (answer.status === 403 || answer.status === 404) return adopt([], Date.now());
      if (!answer.ok) throw new Error(String(answer.status));
      const found = await answer.json();
      if (turn !== asking) return;
      adopt(found.workers, found.as_of);
      timer = setTimeout(ask, AGAIN_MS * (0.9 + 0.2 * Math.random()));
    } catch {
      if (turn === asking) timer = setTimeout(ask, quanyu.stream.backoff(3));
    }
  }

  function adopt(rows, at) {
    workers = quanyu.workersStore.load(rows, at);
    quanyu.mapMovers.adopt(workers, `/live/trails?region=${encodeURIComponent(region)}`);
    document.dispatchEvent(new CustomEvent("quanyu:crew"));
  }

  /** @param {string} kind @param {Object[]} parts */
  function hear(kind, parts) {
    if (kind === "reset" && region) return void setTimeout(ask, Math.random() * 10000);
    if (kind !== "move" || !workers || !wanted()) return;
    const moved = new Set();
    for (const part of parts) {
      const own = { at: part.at, w: (part.w || []).filter((row) => inside(row[2])), m: part.m };
      for (const i of quanyu.workersStore.move(workers, own)) moved.add(i);
    }
    if (!moved.size) return;
    quanyu.mapMovers.moved(workers, moved);
    document.dispatchEvent(new CustomEvent("quanyu:moved", { detail: [...moved].map((i) => workers.codes[i]) }));
  }

  quanyu.deskMapWorkers = {
    /** Shows the workers of a region. @param {Atlas} given @param {string} code @param {boolean} [shown] whatever was chosen on this machine */
    show(given, code, shown) {
      always = Boolean(shown);
      if (!heard) {
        heard = true;
        quanyu.link.onFrame(hear);
        document.addEventListener("quanyu:lost", () => region && ask());
      }
      const same = atlas === given && region === code;
      [atlas, region] = [given, code];
      if (!same || !workers) ask();
    },
    /** Another map: its engine knows nobody. */
    again() {
      workers = null;
    },
    /** How many of them are on the map; null where nobody knows. @returns {?number} */
    count() {
      if (!workers) return null;
      let count = 0;
      for (let i = 0; i < workers.size; i++) if (workers.flags[i] !== quanyu.workersStore.GONE && workers.fixed[i]) count += 1;
      return count;
    },
    /** Those on the map by code: place in degrees, time of the fix in ms (0: none), and what they do (see workersStore). */
    known() {
      const found = new Map();
      for (let i = 0; workers && i < workers.size; i++) {
        if (workers.flags[i] === quanyu.workersStore.GONE) continue;
        found.set(workers.codes[i], { lon: workers.places[2 * i] / 1e5, lat: workers.places[2 * i + 1] / 1e5, fixed: workers.fixed[i], flags: workers.flags[i] });
      }
      return found;
    },
    /** Where they are, lon, lat in 1e-5 degrees. @returns {Array<[number, number]>} */
    places: () => Array.from({ length: workers ? workers.size : 0 }, (_, i) => [workers.places[2 * i], workers.places[2 * i + 1]]),
    wanted,
    /** Shows or hides them, and remembers it on this machine. */
    toggle() {
      localStorage.setItem(KEY, wanted() ? "off" : "on");
      ask();
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
