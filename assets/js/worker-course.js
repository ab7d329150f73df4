/**
 * The course of a day under the map: speed, stops, gaps, time off the grid and events along the hours, and the slider's
 * knob. Of several workers: a lane each. Owns its SVG; the moment is the page's.
 */
(function (quanyu) {
  "use strict";

  const MINUTE_MS = 60000;
  const HOUR_MS = 3600000;
  const [TOP, FLOOR, HEIGHT] = [10, 58, 80];
  const FAST_MPS = 2;
  const LABEL_PX = 64;

  /** @param {HTMLElement} node @param {{onSeek: function(number): void}} told */
  function create(node, told) {
    const { svg } = quanyu.dom;
    /** @type {?{tracks: Track[], from: number, to: number, now: number, hues: string[]}} */
    let shown = null;
    let knob = null;
    let drawing = null;
    let wide = 0;

    const x = (ms) => ((ms - shown.from) / (shown.to - shown.from)) * wide;

    function draw() {
      wide = node.clientWidth;
      if (!shown || !wide) return;
      const parts = [pattern(), ...(shown.tracks.length === 1 ? alone(shown.tracks[0]) : lanes(shown.tracks)), ...axis()];
      if (shown.now < shown.to) parts.push(rect(shown.now, shown.to, TOP, FLOOR, "wk-later"));
      knob = svg("g", { class: "wk-knob" }, [svg("path", { d: `M0 0V${FLOOR + 4}` }), svg("circle", { cy: 4, r: 6 })]);
      drawing = svg("svg", { viewBox: `0 0 ${wide} ${HEIGHT}`, width: wide, height: HEIGHT, "aria-hidden": "true" }, [...parts, knob]);
      node.replaceChildren(drawing);
    }

    function pattern() {
      const line = svg("path", { d: "M0 0V6", class: "wk-slant" });
      const tile = svg("pattern", { id: "wk-hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, [line]);
      return svg("defs", {}, [tile]);
    }

    function rect(from, to, top, low, cls, title) {
      const [left, right] = [Math.max(0, x(from)), Math.min(wide, x(Math.min(to, shown.to)))];
      const made = svg("rect", { x: left, y: top, width: Math.max(1.5, right - left), height: low - top, class: cls });
      if (title) made.append(titled(title));
      return made;
    }

    function titled(text) {
      const made = svg("title", {});
      made.textContent = text;
      return made;
    }

    /** @param {Track} track */
    function alone(track) {
      const { t } = quanyu.words;
      const { short, span } = quanyu.workerTimes;
      const during = (one) => `${short(one.from)}–${Number.isFinite(one.to) ? short(one.to) : ""}`;
      const parts = [svg("path", { d: speedPath(track.speeds), class: "wk-speed" })];
      for (const gap of track.gaps) parts.push(rect(gap.from, gap.to, TOP + 8, FLOOR, "wk-gap", `${during(gap)} ${quanyu.workerCard.reasonOf(gap)}`));
      for (const away of track.away) parts.push(rect(away.from, away.to, TOP + 8, FLOOR, "wk-away", `${during(away)} ${t("worker.away")}`));
      track.stops.forEach((stop, i) => {
        parts.push(rect(stop.from, stop.to, FLOOR - 13, FLOOR, "wk-stop", `${during(stop)} ${t("worker.at_stop", { n: i + 1 })} · ${span(stop.lasted_s)}`));
        if (x(stop.to) - x(stop.from) > 14) parts.push(text((x(stop.from) + x(stop.to)) / 2, FLOOR - 2.5, String(i + 1), "wk-number"));
      });
      for (const event of track.events) parts.push(...marks(event));
      return parts;
    }

    /** Reported: a ring; handled: its state's shape. */
    function marks(event) {
      const handled = event.resolved_at || event.closed_at;
      const glyph = quanyu.workerCard.judged(event).glyph;
      const found = [];
      for (const [moment, done] of [[event.reported_at, false], [handled, true]]) {
        const ms = moment ? Date.parse(moment) : NaN;
        if (!(ms >= shown.from && ms <= shown.to)) continue;
        const place = x(ms);
        let made;
        if (!done) made = svg("circle", { cx: place, cy: TOP + 10, r: 4, class: "wk-reported" });
        else if (glyph === "bad") made = svg("rect", { x: place - 5, y: TOP + 5, width: 10, height: 10, class: "wk-bad" });
        else made = svg("circle", { cx: place, cy: TOP + 10, r: 5, class: "wk-ok" });
        made.append(titled(`${quanyu.workerTimes.short(ms)} ${event.category} ${quanyu.words.t(done ? "worker.handled" : "worker.reported")}`));
        found.push(made);
      }
      return found;
    }

    function speedPath(speeds) {
      if (!speeds || !speeds.mps.length) return "";
      const known = speeds.mps.filter((one) => one !== null).sort((a, b) => a - b);
      const most = Math.max(FAST_MPS, known[Math.floor(known.length * 0.98)] || 0);
      let [path, open] = ["", false];
      const y = (mps) => FLOOR - Math.min(1, mps / most) * (FLOOR - TOP - 12);
      speeds.mps.forEach((mps, i) => {
        const [begin, end] = [x(speeds.start + i * MINUTE_MS), x(speeds.start + (i + 1) * MINUTE_MS)];
        if (mps === null) {
          if (open) path += `V${FLOOR}Z`;
          open = false;
          return;
        }
        path += `${open ? "" : `M${begin.toFixed(1)} ${FLOOR}`}L${begin.toFixed(1)} ${y(mps).toFixed(1)}H${end.toFixed(1)}`;
        open = true;
      });
      return open ? `${path}V${FLOOR}Z` : path;
    }

    /** @param {Track[]} tracks */
    function lanes(tracks) {
      const step = (FLOOR - TOP - 6) / tracks.length;
      const high = Math.max(1, Math.min(10, step - 1));
      return tracks.flatMap((track, i) => {
        const top = TOP + 6 + i * step;
        const parts = [];
        let from = track.start;
        for (const gap of [...track.gaps, { from: track.end, to: Infinity }]) {
          const part = rect(from, gap.from, top, top + high, "wk-lane", track.name || track.code);
          part.style.setProperty("fill", `var(${shown.hues[i % shown.hues.length]})`);
          parts.push(part);
          from = gap.to;
        }
        for (const stop of track.stops) parts.push(rect(stop.from, stop.to, top + high / 4, top + (3 * high) / 4, "wk-stop"));
        return parts;
      });
    }

    function axis() {
      const parts = [svg("path", { d: `M0 ${FLOOR}H${wide}`, class: "wk-axis" })];
      const hours = (shown.to - shown.from) / HOUR_MS;
      const step = Math.max(1, Math.ceil(hours / Math.max(1, Math.floor(wide / LABEL_PX))));
      for (let i = 0; i <= hours; i += step) {
        const ms = shown.from + i * HOUR_MS;
        parts.push(svg("path", { d: `M${x(ms).toFixed(1)} ${FLOOR}v5`, class: "wk-axis" }));
        parts.push(text(x(ms), FLOOR + 18, quanyu.workerTimes.short(ms), `wk-hour${i === 0 ? " first" : i + step > hours ? " last" : ""}`));
      }
      return parts;
    }

    function text(at, y, words, cls) {
      const made = svg("text", { x: at, y, class: cls });
      made.textContent = words;
      return made;
    }

    function asked({ clientX }) {
      const box = node.getBoundingClientRect();
      if (shown && box.width) told.onSeek(shown.from + ((clientX - box.left) / box.width) * (shown.to - shown.from));
    }

    node.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      node.setPointerCapture(event.pointerId);
      asked(event);
    });
    node.addEventListener("pointermove", (event) => node.hasPointerCapture(event.pointerId) && asked(event));
    const sizes = new ResizeObserver(() => {
      if (node.clientWidth === wide) return;
      draw();
      move(at);
    });
    sizes.observe(node);
    let at = NaN;

    /** @param {number} ms */
    function move(ms) {
      at = ms;
      if (knob && shown && Number.isFinite(ms)) knob.setAttribute("transform", `translate(${x(ms).toFixed(2)} 0)`);
    }

    return {
      /** @param {Track[]} tracks @param {number} from @param {number} to whole hours @param {number} now @param {string[]} hues */
      show(tracks, from, to, now, hues) {
        shown = { tracks, from, to, now, hues };
        draw();
      },
      empty() {
        shown = knob = null;
        node.replaceChildren();
      },
      move,
    };
  }

  quanyu.workerCourse = { create };
})((globalThis.quanyu = globalThis.quanyu || {}));
