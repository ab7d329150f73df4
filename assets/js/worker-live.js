/** The map of those who are out: the region's borders, workers with their trails as on every map, and one who is followed. */
(function (quanyu) {
  "use strict";

  const NEAR_PX = 16;
  const EDGE_PX = 20;
  const NAMES = 60;
  const TRAILS_S = [0, 600, 1800];

  let map = null;
  let atlas = null;
  let config = null;
  let ground = null;
  let follower = null;
  let followed = null;
  let told = { onPick: () => {} };

  /** @param {Object} given the page's config @param {{onPick: function(string): void}} hearer */
  async function start(given, hearer) {
    [config, told] = [given, hearer];
    map = L.map(quanyu.workerFrame.at("map"), { center: [30, 104], zoom: 11, zoomSnap: 0, zoomDelta: 0.75, zoomControl: false, attributionControl: false, zoomAnimation: false, fadeAnimation: false, maxZoom: 20 });
    ground = quanyu.mapCanvas.attach(map, "ground", 410, paintGround);
    quanyu.mapMovers.attach(map);
    follower = quanyu.workerFollow.create(map);
    if (followed) follower.follow(followed);
    quanyu.workerFrame.tools(map, fit);
    trails();
    map.on("click", pick);
    new ResizeObserver(() => map.invalidateSize({ animate: false, pan: false })).observe(map.getContainer());
    quanyu.clock.onSecond(() => quanyu.mapMovers.setStale(Boolean(quanyu.link.feeds().position?.stale) || quanyu.link.status() === "lost"));
    try {
      atlas = await quanyu.shapes.load();
    } catch {
      return quanyu.workerFrame.say(quanyu.words.t("deskmap.failed"), () => location.reload());
    }
    const shapes = [];
    const own = atlas.shapes.get(config.region);
    if (own) shapes.push({ level: "district", rings: own.rings });
    for (const child of atlas.below.get(config.region) || []) {
      if (child.level === "street" || child.level === "community") shapes.push({ level: child.level, rings: child.rings });
    }
    quanyu.mapMovers.borders(shapes);
    fit();
    ground.redraw();
    quanyu.deskMapWorkers.show(atlas, config.region, true);
  }

  /** How long trails take to fade, remembered for the page. */
  function trails() {
    const { el, attr } = quanyu.dom;
    const { t } = quanyu.words;
    const group = el("div", "seg sm wk-trails");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", t("worker.trail"));
    for (const seconds of TRAILS_S) {
      const button = el("button", "", t(`worker.trail_${seconds / 60}`));
      button.type = "button";
      attr(button, "aria-pressed", seconds === 1800 ? "true" : "false");
      button.addEventListener("click", () => {
        for (const one of group.querySelectorAll("button")) attr(one, "aria-pressed", one === button ? "true" : "false");
        quanyu.mapMovers.fade(seconds);
      });
      group.append(button);
    }
    map.getContainer().parentElement.append(el("div", "wk-trail", [el("span", "", t("worker.trail")), group]));
  }

  function fit() {
    const shape = atlas && atlas.shapes.get(config.region);
    if (!shape || !map.getSize().x) return;
    const { k, dx, dy } = quanyu.mercator.view(map, { x: 0, y: 0 });
    const corner = (x, y) => map.layerPointToLatLng(L.point(x * k + dx, y * k + dy));
    map.fitBounds(L.latLngBounds(corner(shape.box[0], shape.box[3]), corner(shape.box[2], shape.box[1])), { padding: [EDGE_PX, EDGE_PX], animate: false });
    quanyu.workerFrame.scale(map);
  }

  function paintGround(pen, view) {
    if (!atlas) return;
    const { groundPaint, trackPaint, dom } = quanyu;
    const own = atlas.shapes.get(config.region);
    const grids = [...atlas.shapes.values()].filter((shape) => shape.level === "grid" || shape.level === "micro_grid");
    groundPaint.fill(pen, own ? [own] : [], view, () => dom.token("--load-0"));
    groundPaint.line(pen, grids, view, dom.token("--line-2"), 0.6 * view.unit);
    const named = [...atlas.shapes.values()].filter((shape) => config.names[shape.code] && groundPaint.visible(shape, view));
    if (named.length > NAMES) return;
    for (const { box, code } of named) {
      if ((box[2] - box[0]) * view.k < 56 * view.unit) continue;
      pen.globalAlpha = 0.8;
      trackPaint.label(pen, ((box[0] + box[2]) / 2) * view.k + view.dx, ((box[1] + box[3]) / 2) * view.k + view.dy, config.names[code], view.unit);
      pen.globalAlpha = 1;
    }
  }

  /** Follows whose head was pressed. */
  function pick({ containerPoint }) {
    const far = NEAR_PX * quanyu.dom.scale();
    let [best, found] = [far, null];
    for (const [code, one] of quanyu.deskMapWorkers.known()) {
      if (!one.fixed) continue;
      const away = map.latLngToContainerPoint([one.lat, one.lon]).distanceTo(containerPoint);
      if (away < best) [best, found] = [away, code];
    }
    if (found) told.onPick(found);
  }

  quanyu.workerLive = {
    start,
    /** @param {?{code: string, name: string, accuracy_m: ?number}} who */
    follow(who) {
      followed = who;
      if (follower) follower.follow(who);
    },
    get map() {
      return map;
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
