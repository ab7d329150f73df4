/** Drawing a worker's day on a canvas: cells, the way, gaps, stops, events, the head. Pure: everything comes in. */
(function (quanyu) {
  "use strict";

  const TAU = 2 * Math.PI;
  const RECENT_MS = 30 * 60000;
  const COLOURS = { red: "--bad", yellow: "--warn", green: "--ok", closed: "--ok" };

  const px = (x, { k, dx }) => x * k + dx;
  const py = (y, { k, dy }) => y * k + dy;

  /**
   * The cells of the own grid: lighter the more often they were visited, slanted lines where nobody was.
   * @param {CanvasRenderingContext2D} pen @param {Object} coverage as the interface gives it
   */
  function cells(pen, coverage, view) {
    const { mercator, groundPaint, dom } = quanyu;
    const times = new Map(coverage.places.map((place, i) => [place, coverage.times ? coverage.times[i] : 1]));
    const hatch = groundPaint.hatch(pen, dom.token("--line-2"), view);
    const shades = ["--load-1", "--load-2", "--load-3"].map((name) => dom.token(name));
    pen.globalAlpha = 0.8;
    for (const place of coverage.own) {
      const [column, row] = [place % coverage.columns, Math.floor(place / coverage.columns)];
      const [west, south] = [coverage.west + column * coverage.lon_step, coverage.south + row * coverage.lat_step];
      const [left, low] = [px(mercator.x(west), view), py(mercator.y(south), view)];
      const [right, top] = [px(mercator.x(west + coverage.lon_step), view), py(mercator.y(south + coverage.lat_step), view)];
      if (right < 0 || left > view.width || low < 0 || top > view.height) continue;
      const seen = times.get(place);
      pen.fillStyle = seen ? shades[seen > 5 ? 2 : seen > 2 ? 1 : 0] : hatch;
      pen.fillRect(left + 0.5, top + 0.5, right - left - 1, low - top - 1);
    }
    pen.globalAlpha = 1;
  }

  /** The points from one to another as a path that breaks at gaps; noise is left out. */
  function trace(pen, track, view, first, last) {
    pen.beginPath();
    let open = false;
    for (let i = Math.max(0, first); i <= last && i < track.size; i++) {
      if (track.verdict[i]) continue;
      if (open) pen.lineTo(px(track.x[i], view), py(track.y[i], view));
      else pen.moveTo(px(track.x[i], view), py(track.y[i], view));
      open = !track.breaks[i];
    }
  }

  function stroke(pen, colour, width, alpha, dash) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.globalAlpha = alpha;
    pen.lineJoin = pen.lineCap = "round";
    pen.setLineDash(dash || []);
    pen.stroke();
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  }

  /** The whole way, faintly; where nobody knows it, dots between the two ends. @param {string} colour */
  function way(pen, track, view, colour) {
    const { unit } = view;
    trace(pen, track, view, 0, track.size - 1);
    stroke(pen, colour, 2 * unit, 0.4);
    for (let i = 0; i + 1 < track.size; i++) {
      if (!track.breaks[i]) continue;
      pen.beginPath();
      pen.moveTo(px(track.x[i], view), py(track.y[i], view));
      pen.lineTo(px(track.x[i + 1], view), py(track.y[i + 1], view));
      stroke(pen, quanyu.dom.token("--text-3"), 1.5 * unit, 0.9, [0.1, 5 * unit]);
    }
  }

  /** Outside the own grid: dotted in the colour of a warning, with its triangle at the far end. */
  function away(pen, track, view) {
    const { unit } = view;
    const colour = quanyu.dom.token("--warn");
    for (const spell of track.away) {
      const first = Math.max(0, quanyu.trackStore.before(track, spell.from));
      const last = quanyu.trackStore.before(track, spell.to);
      trace(pen, track, view, first, last);
      stroke(pen, quanyu.dom.token("--bg"), 4 * unit, 1);
      trace(pen, track, view, first, last);
      stroke(pen, colour, 2 * unit, 1, [0.1, 5 * unit]);
      const middle = Math.round((first + last) / 2);
      if (middle >= 0 && middle < track.size) mark(pen, px(track.x[middle], view), py(track.y[middle], view), "yellow", unit);
    }
  }

  /** Raw fixes one by one: sound ones as dots, noise as crosses. */
  function fixes(pen, track, view) {
    const { unit } = view;
    const { token } = quanyu.dom;
    pen.fillStyle = token("--accent");
    pen.strokeStyle = token("--warn");
    pen.lineWidth = 1.2 * unit;
    for (let i = 0; i < track.size; i++) {
      const [x, y] = [px(track.x[i], view), py(track.y[i], view)];
      if (x < -9 || y < -9 || x > view.width + 9 || y > view.height + 9) continue;
      pen.beginPath();
      if (track.verdict[i]) {
        const arm = 2.6 * unit;
        pen.moveTo(x - arm, y - arm);
        pen.lineTo(x + arm, y + arm);
        pen.moveTo(x + arm, y - arm);
        pen.lineTo(x - arm, y + arm);
        pen.stroke();
      } else {
        pen.arc(x, y, 1.4 * unit, 0, TAU);
        pen.fill();
      }
    }
  }

  /** A stop's radius in design pixels: the longer, the larger. @param {number} lasted_s */
  const sizeOf = (lasted_s) => Math.max(12, Math.min(22, 8 + 2.2 * Math.sqrt(lasted_s / 60)));

  /** Stops by their numbers; the chosen one in the accent's colour. @param {?number} chosen */
  function stops(pen, track, view, chosen) {
    const { token } = quanyu.dom;
    const { unit } = view;
    track.stops.forEach((stop, i) => {
      const [x, y] = [px(stop.x, view), py(stop.y, view)];
      pen.beginPath();
      pen.arc(x, y, sizeOf(stop.lasted_s) * unit, 0, TAU);
      pen.fillStyle = token("--bg");
      pen.fill();
      pen.lineWidth = 1.8 * unit;
      pen.strokeStyle = token(i === chosen ? "--accent-strong" : "--map-worker");
      pen.stroke();
      pen.font = `700 ${13 * unit}px ${token("--font-ui")}`;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillStyle = token(i === chosen ? "--accent-strong" : "--map-worker");
      pen.fillText(String(i + 1), x, y + 0.5 * unit);
    });
  }

  /** A status by its shape. @param {string} colour red|yellow|green|closed */
  function mark(pen, x, y, colour, unit) {
    const { token } = quanyu.dom;
    const half = 6.5 * unit;
    pen.beginPath();
    if (colour === "red") pen.rect(x - half, y - half, 2 * half, 2 * half);
    else if (colour === "yellow") {
      pen.moveTo(x, y - 1.1 * half);
      pen.lineTo(x + 1.15 * half, y + 0.9 * half);
      pen.lineTo(x - 1.15 * half, y + 0.9 * half);
      pen.closePath();
    } else pen.arc(x, y, half, 0, TAU);
    pen.lineWidth = 3.5 * unit;
    pen.strokeStyle = token("--bg");
    pen.stroke();
    pen.fillStyle = token(COLOURS[colour] || "--off");
    pen.fill();
  }

  /** Red where it was or is late, else green: closed or in time. @param {Object} event @param {number} now ms */
  function colourOf(event, now) {
    const due = event.due_at ? Date.parse(event.due_at) : Infinity;
    const end = event.closed_at ? Date.parse(event.closed_at) : now;
    if (end > due) return "red";
    return !event.closed_at && event.warn_at && Date.parse(event.warn_at) <= now ? "yellow" : "green";
  }

  function events(pen, track, view, now) {
    for (const event of track.events) mark(pen, px(event.x, view), py(event.y, view), colourOf(event, now), view.unit);
  }

  /** What was walked up to a moment, the last half hour bright. @param {string} bright a colour */
  function walked(pen, track, view, ms, colour, bright) {
    const { before, at } = quanyu.trackStore;
    const here = at(track, ms);
    if (!here) return;
    const last = before(track, ms);
    const recent = Math.max(0, before(track, ms - RECENT_MS));
    trace(pen, track, view, 0, last);
    stroke(pen, colour, 1.8 * view.unit, 0.6);
    trace(pen, track, view, recent, last);
    if (last >= 0 && here.known && !track.breaks[last]) pen.lineTo(px(here.x, view), py(here.y, view));
    stroke(pen, bright, 2.6 * view.unit, 1);
  }

  /** Where the worker is at a moment: an arrow where the way is known, a ring where nobody knows. @param {string} [name] */
  function head(pen, track, view, ms, colour, name) {
    const here = quanyu.trackStore.at(track, ms);
    if (!here) return;
    const { token } = quanyu.dom;
    const { unit } = view;
    const [x, y] = [px(here.x, view), py(here.y, view)];
    pen.beginPath();
    pen.arc(x, y, 17 * unit, 0, TAU);
    pen.fillStyle = colour;
    pen.globalAlpha = 0.35;
    pen.fill();
    pen.globalAlpha = 1;
    pen.lineWidth = 1.6 * unit;
    if (!here.known || here.turn === null) {
      pen.beginPath();
      pen.arc(x, y, 6 * unit, 0, TAU);
      pen.fillStyle = token(here.known ? "--map-worker" : "--bg");
      pen.strokeStyle = token("--map-worker");
      pen.fill();
      pen.stroke();
    } else arrow(pen, x, y, here.turn, unit);
    if (name) label(pen, x, y - 22 * unit, name, unit);
  }

  function arrow(pen, x, y, turn, unit) {
    pen.save();
    pen.translate(x, y);
    pen.rotate(turn);
    pen.beginPath();
    pen.moveTo(10 * unit, 0);
    pen.lineTo(-7 * unit, 6.5 * unit);
    pen.lineTo(-4 * unit, 0);
    pen.lineTo(-7 * unit, -6.5 * unit);
    pen.closePath();
    pen.fillStyle = quanyu.dom.token("--map-worker");
    pen.strokeStyle = quanyu.dom.token("--bg");
    pen.stroke();
    pen.fill();
    pen.restore();
  }

  function label(pen, x, y, text, unit) {
    const { token } = quanyu.dom;
    pen.font = `700 ${12 * unit}px ${token("--font-ui")}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    pen.lineWidth = 3.5 * unit;
    pen.strokeStyle = token("--map-label-halo");
    pen.strokeText(text, x, y);
    pen.fillStyle = token("--map-label");
    pen.fillText(text, x, y);
  }

  quanyu.trackPaint = { cells, way, away, fixes, stops, events, walked, head, label, sizeOf };
})((globalThis.quanyu = globalThis.quanyu || {}));
