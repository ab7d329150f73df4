/**
 * The small map of one event: its area, the event by its shape, the nearest workers by their numbers. Drawn once into
 * any element that says `data-spot`; whoever laid it out lists the same facts in words.
 */
(function (quanyu) {
  "use strict";

  const LEAST_M = 300;
  const EARTH_M = 40075016.686;
  const EDGE = 26;
  const NICE_M = [20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];
  const COLOURS = { red: "--bad", yellow: "--warn", green: "--ok", closed: "--off" };
  const SIGN = "spotDrawn";

  /** Where the map looks, so that all spots are in it. @param {Array<[number, number]>} spots x, y @returns {View} */
  function viewOf(node, spots, lat) {
    const [width, height] = [node.clientWidth, node.clientHeight];
    const xs = spots.map(([x]) => x);
    const ys = spots.map(([, y]) => y);
    const least = LEAST_M / (EARTH_M * Math.cos((lat * Math.PI) / 180));
    const span = [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)].map((one) => Math.max(one, least));
    const unit = quanyu.dom.scale();
    const k = Math.min((width - 2 * EDGE * unit) / span[0], (height - 2 * EDGE * unit) / span[1]);
    const [x, y] = [(Math.max(...xs) + Math.min(...xs)) / 2, (Math.max(...ys) + Math.min(...ys)) / 2];
    return { k, dx: width / 2 - x * k, dy: height / 2 - y * k, width, height, ratio: devicePixelRatio || 1, unit };
  }

  /** @param {CanvasRenderingContext2D} pen */
  function ground(pen, view, atlas, region) {
    const { groundPaint, dom } = quanyu;
    const own = atlas.shapes.get(region);
    const level = own ? own.level : "grid";
    const all = [...atlas.shapes.values()];
    const mine = own ? [own] : [];
    groundPaint.fill(pen, all.filter((shape) => shape.level === level), view, () => dom.token("--load-0"));
    groundPaint.fill(pen, mine, view, () => dom.token("--load-1"));
    groundPaint.line(pen, all.filter((shape) => shape.level === level), view, dom.token("--line-2"), 1 * view.unit);
    groundPaint.line(pen, all.filter((shape) => shape.level === "street"), view, dom.token("--map-street-line"), 1.5 * view.unit, 0.7);
    groundPaint.line(pen, mine, view, dom.token("--accent-strong"), 2 * view.unit);
  }

  /** A status by its shape: square, triangle, circle, ring. */
  function shape(pen, x, y, colour, unit) {
    const half = 6.5 * unit;
    pen.beginPath();
    if (colour === "red") pen.rect(x - half, y - half, 2 * half, 2 * half);
    else if (colour === "yellow") {
      pen.moveTo(x, y - 1.15 * half);
      pen.lineTo(x + 1.2 * half, y + 0.95 * half);
      pen.lineTo(x - 1.2 * half, y + 0.95 * half);
      pen.closePath();
    } else pen.arc(x, y, half, 0, 2 * Math.PI);
    const { token } = quanyu.dom;
    pen.lineWidth = 4 * unit;
    pen.strokeStyle = token("--bg");
    pen.stroke();
    pen.fillStyle = token(COLOURS[colour] || "--off");
    pen.fill();
    if (colour !== "closed") return;
    pen.beginPath();
    pen.arc(x, y, half - 2.5 * unit, 0, 2 * Math.PI);
    pen.fillStyle = token("--bg");
    pen.fill();
  }

  function numbered(pen, [x, y], text, unit) {
    const { token } = quanyu.dom;
    pen.beginPath();
    pen.arc(x, y, 8 * unit, 0, 2 * Math.PI);
    pen.fillStyle = token("--bg");
    pen.fill();
    pen.lineWidth = 1.5 * unit;
    pen.strokeStyle = token("--map-worker");
    pen.stroke();
    pen.font = `700 ${11 * unit}px ${token("--font-ui")}`;
    pen.fillStyle = token("--map-worker");
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(text, x, y + 0.5 * unit);
  }

  function ruler(pen, view, lat) {
    const { token } = quanyu.dom;
    const { unit, width, height } = view;
    const m_per_px = (EARTH_M * Math.cos((lat * Math.PI) / 180)) / view.k;
    const m = NICE_M.filter((one) => one / m_per_px <= 80 * unit).pop() || NICE_M[0];
    const [right, low, long] = [width - 8 * unit, height - 8 * unit, m / m_per_px];
    pen.strokeStyle = token("--text-3");
    pen.lineWidth = unit;
    pen.beginPath();
    pen.moveTo(right - long, low - 5 * unit);
    pen.lineTo(right - long, low);
    pen.lineTo(right, low);
    pen.lineTo(right, low - 5 * unit);
    pen.stroke();
    pen.font = `${12 * unit}px ${token("--font-ui")}`;
    pen.textAlign = "right";
    pen.textBaseline = "alphabetic";
    pen.fillStyle = token("--text-2");
    const text = m >= 1000 ? quanyu.words.t("deskmap.distance_km", { km: m / 1000 }) : quanyu.words.t("deskmap.distance_m", { m });
    pen.fillText(text, right - long - 6 * unit, low);
  }

  /** @param {HTMLElement} node */
  async function draw(node) {
    const spot = JSON.parse(node.dataset.spot);
    if (!node.clientWidth || !node.clientHeight) return;
    let atlas;
    try {
      atlas = await quanyu.shapes.load();
    } catch {
      return void node.replaceChildren(quanyu.dom.el("p", "none", quanyu.words.t("deskmap.failed")));
    }
    const { mercator } = quanyu;
    const own = atlas.shapes.get(spot.region);
    const placed = spot.lon !== null && spot.lat !== null;
    const workers = (spot.workers || []).filter((one) => one.lon !== null && one.lat !== null);
    const spots = [...(placed ? [spot] : []), ...workers].map((one) => [mercator.x(one.lon), mercator.y(one.lat)]);
    if (!placed && own) spots.push([own.box[0], own.box[1]], [own.box[2], own.box[3]]);
    if (!spots.length) return void node.replaceChildren();
    const lat = placed ? spot.lat : workers[0]?.lat ?? 30;
    const view = viewOf(node, spots, lat);
    const canvas = node.querySelector("canvas") || quanyu.dom.el("canvas");
    [canvas.width, canvas.height] = [Math.round(view.width * view.ratio), Math.round(view.height * view.ratio)];
    const pen = canvas.getContext("2d");
    pen.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    ground(pen, view, atlas, spot.region);
    const at = (one) => [mercator.x(one.lon) * view.k + view.dx, mercator.y(one.lat) * view.k + view.dy];
    if (placed) near(pen, at(spot), workers.map(at), view.unit);
    workers.map(at).forEach((place, i) => numbered(pen, place, String(i + 1), view.unit));
    if (placed) shape(pen, ...at(spot), spot.colour, view.unit);
    ruler(pen, view, lat);
    if (!canvas.isConnected) node.replaceChildren(canvas);
  }

  /** Thin lines from the event to those near it. */
  function near(pen, [x, y], others, unit) {
    pen.strokeStyle = quanyu.dom.token("--text-3");
    pen.lineWidth = unit;
    pen.setLineDash([2 * unit, 3 * unit]);
    for (const [ox, oy] of others) {
      pen.beginPath();
      pen.moveTo(x, y);
      pen.lineTo(ox, oy);
      pen.stroke();
    }
    pen.setLineDash([]);
  }

  const sizes = new ResizeObserver((seen) => {
    for (const { target } of seen) if (target.isConnected) draw(target);
  });
  let pending = 0;

  /** Draws what appeared, and what says something else than before. */
  function look() {
    pending = 0;
    for (const node of document.querySelectorAll(".spot-map[data-spot]")) {
      if (node.dataset[SIGN] === node.dataset.spot) continue;
      const known = SIGN in node.dataset;
      node.dataset[SIGN] = node.dataset.spot;
      if (known) draw(node);
      else sizes.observe(node);
    }
  }

  if (location.pathname !== "/") {
    new MutationObserver(() => {
      pending = pending || requestAnimationFrame(look);
    }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-spot"] });
  }

  quanyu.spotMap = { draw };
})((globalThis.quanyu = globalThis.quanyu || {}));
