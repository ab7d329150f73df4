/**
 * The desk's map: one Leaflet map in the panel that the server laid out. It lives as long as its panel; data only
 * change what is drawn. Owns the view and who is told what; each layer has a file of its own.
 */
(function (quanyu) {
  "use strict";

  const CLEAR_WORTH = 0.5;
  const LEAST_PX = 120;
  /** So much room do the names of the northernmost regions take. */
  const NAME_PX = 22;
  const NICE_M = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000];
  /** @type {?L.Map} */
  let map = null;
  let panel = null;
  /** @type {?Atlas} */
  let atlas = null;
  /** @type {Map<string, Object>} */
  let places = new Map();
  let data = null;
  let placed = "";
  let touched = false;

  const part = (name) => panel.querySelector(`.dm-${name}`);

  /** The map of the panel that stands now; made anew where the page was laid out anew. */
  function stand() {
    const found = document.getElementById("desk-map");
    if (!found) return false;
    if (map && panel === found && panel.contains(map.getContainer())) return true;
    if (map) map.remove();
    panel = found;
    build();
    return true;
  }

  function build() {
    placed = "";
    touched = false;
    map = L.map(part("map"), { center: [30, 104], zoom: 11, zoomSnap: 0, zoomDelta: 0.75, zoomControl: false, attributionControl: false, zoomAnimation: false, fadeAnimation: false, maxZoom: 20 });
    quanyu.deskMapGround.attach(map);
    quanyu.deskMapHeat.attach(map);
    quanyu.mapMovers.attach(map);
    quanyu.deskMapPoints.attach(map);
    quanyu.deskMapLabels.attach(map);
    quanyu.deskMapTip.attach(map, part("box"));
    quanyu.deskMapTable.attach(part("table"), panel.querySelector("button.dm-table-button"));
    quanyu.deskMapWorkers.again();
    part("in").addEventListener("click", () => map.zoomIn(undefined, { animate: false }));
    part("out").addEventListener("click", () => map.zoomOut(undefined, { animate: false }));
    part("reset").addEventListener("click", () => fit());
    for (const kind of ["mousedown", "wheel", "touchstart", "keydown"]) map.getContainer().addEventListener(kind, touch, { passive: true });
    for (const name of ["in", "out"]) part(name).addEventListener("click", touch);
    menu(part("more"));
    map.on("moveend", scaleBar);
    map.on("click", ({ latlng }) => pick(latlng));
    new ResizeObserver(resized).observe(map.getContainer());
  }

  /** The list of layers shuts when one was chosen, when the focus leaves it, and with Escape. @param {HTMLDetailsElement} list */
  function menu(list) {
    list.addEventListener("click", (event) => {
      if (event.target.closest("button")) list.open = false;
    });
    list.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !list.contains(relatedTarget)) list.open = false;
    });
    list.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !list.open) return;
      event.stopPropagation();
      list.open = false;
      list.firstElementChild.focus();
    });
  }

  function touch(event) {
    if (event.type === "keydown" && !/^(Arrow|[+=_-]$)/.test(event.key)) return;
    touched = true;
    part("reset").hidden = false;
  }

  let resizing = 0;
  function resized() {
    clearTimeout(resizing);
    resizing = setTimeout(() => {
      map.invalidateSize({ animate: false, pan: false });
      if (!touched) fit();
    }, 80);
  }

  /** x, y of a place on the map (see mercator). */
  function spotOf(latlng) {
    return [quanyu.mercator.x(latlng.lng), quanyu.mercator.y(latlng.lat)];
  }

  /** Goes into the area that was clicked. */
  function pick(latlng) {
    const code = quanyu.deskMapGround.at(...spotOf(latlng));
    if (code && data && code !== data.region) quanyu.desk.go({}, code);
  }

  /** Shows the whole region, clear of the legend where that costs little. */
  function fit() {
    touched = false;
    part("reset").hidden = true;
    const shape = atlas && data && atlas.shapes.get(data.region);
    const size = map.getSize();
    if (!shape || !size.x) return;
    const { k, dx, dy } = quanyu.mercator.view(map, { x: 0, y: 0 });
    const corner = (x, y) => map.layerPointToLatLng(L.point(x * k + dx, y * k + dy));
    const bounds = L.latLngBounds(corner(shape.box[0], shape.box[3]), corner(shape.box[2], shape.box[1]));
    const legend = part("legend").offsetWidth + 24;
    let best = null;
    for (const [left, worth] of [[10, 0], [legend, CLEAR_WORTH]]) {
      if (size.x - left < LEAST_PX) continue;
      const zoom = map.getBoundsZoom(bounds, false, L.point(left + 10, NAME_PX + 10)) + worth;
      if (!best || zoom > best.zoom) best = { zoom, left };
    }
    map.fitBounds(bounds, { paddingTopLeft: [best ? best.left : 0, NAME_PX], paddingBottomRight: [10, 10], animate: false });
  }

  function scaleBar() {
    const size = map.getSize();
    const node = part("scale");
    if (!size.x || !node) return;
    const meters = map.distance(map.containerPointToLatLng([0, size.y / 2]), map.containerPointToLatLng([100, size.y / 2])) / 100;
    const most = 80 * quanyu.dom.scale() * meters;
    const m = NICE_M.filter((one) => one <= most).pop() || NICE_M[0];
    if (!node.firstChild) node.append(quanyu.dom.el("i"), quanyu.dom.el("b"));
    quanyu.dom.style(node.firstElementChild, "width", `${m / meters}px`);
    quanyu.dom.text(node.lastElementChild, m >= 1000 ? quanyu.words.t("deskmap.distance_km", { km: m / 1000 }) : quanyu.words.t("deskmap.distance_m", { m }));
  }

  /** Where regions lie on the map: once for each region and level. */
  function place() {
    const sign = `${atlas.version}|${data.region}|${data.level}`;
    if (sign === placed) return;
    const moved = placed.split("|")[1] !== data.region;
    placed = sign;
    quanyu.deskMapGround.place(atlas, data.region, data.level);
    const shapes = [];
    const own = atlas.shapes.get(data.region);
    if (own) shapes.push({ level: "district", rings: own.rings });
    for (const child of atlas.below.get(data.region) || []) {
      if (child.level === "street" || child.level === "community") shapes.push({ level: child.level, rings: child.rings });
    }
    quanyu.mapMovers.borders(shapes);
    quanyu.mapMovers.look();
    quanyu.deskMapWorkers.show(atlas, data.region);
    if (moved || !touched) fit();
  }

  /** Events as points with a count by state. */
  function points() {
    const { mercator } = quanyu;
    return (data.points || []).map(([x, y, counts, code, region]) => ({
      x: mercator.x(x / 1e5), y: mercator.y(y / 1e5), code, region,
      counts: typeof counts === "string" ? { [counts]: 1 } : counts,
      n: typeof counts === "string" ? 1 : Object.values(counts).reduce((sum, one) => sum + one, 0),
    }));
  }

  function paint() {
    if (!map || !data || !atlas) return;
    place();
    const { deskMapGround, deskMapPoints, deskMapHeat, deskMapLegend, deskMapTable, mercator } = quanyu;
    const { areas } = deskMapGround;
    const all = points();
    const isAreas = data.kind === "areas";
    deskMapGround.paint(isAreas ? new Map(data.areas.map(([code, own]) => [code, own])) : null, data.breaks || []);
    const lat = places.get(data.region)?.lat ?? 30;
    const made = deskMapHeat.paint(data.kind === "heat" ? all : [], areas, lat);
    deskMapPoints.paint(data.kind === "points" ? all : []);
    const counts = {};
    for (const point of all) for (const state in point.counts) counts[state] = (counts[state] || 0) + point.counts[state];
    deskMapLegend.paint(part("legend"), data, counts, made);
    const late = (data.areas || []).filter(([code, , , , n]) => n && places.has(code)).map(([code]) => places.get(code));
    const names = [...places.values()].filter((region) => region.parent === data.region);
    quanyu.deskMapLabels.paint(names, late.map(({ lon, lat: y }) => [mercator.x(lon), mercator.y(y)]));
    deskMapTable.paint(data, places, all);
    head();
    scaleBar();
  }

  /** Title, what is below, and the name of a layer that has no button. */
  function head() {
    const { dom, words, format } = quanyu;
    const own = data.layer === "open" && data.level === "grid" ? words.t("deskmap.title") : data.kind === "areas" ? words.t(`deskmap.by_${data.level}`, { name: data.name }) : data.name;
    dom.text(part("title"), own);
    const below = data.below.map(([level, n]) => words.t(`deskmap.count_${level}`, { n: format.count(n) }));
    dom.text(panel.querySelector("header .sub"), below.join(" · "));
    const more = part("more");
    const inside = [...more.querySelectorAll("button")].find((one) => one.dataset.value === data.layer);
    dom.text(more.firstElementChild, inside ? inside.textContent : words.t("deskmap.more"));
    more.classList.toggle("on", Boolean(inside));
    say(data.kind !== "areas" && !data.total.n ? words.t("deskmap.nothing") : "");
  }

  /** One sentence over the map, nothing where all is well. */
  function say(text, again) {
    const node = part("state");
    node.replaceChildren(...(text ? [quanyu.dom.el("span", "", text)] : []));
    if (!again) return;
    const button = quanyu.dom.el("button", "btn sm", quanyu.words.t("deskmap.again"));
    button.type = "button";
    button.addEventListener("click", again);
    node.append(button);
  }

  async function draw() {
    if (!stand()) return;
    if (data && data.error) return say(data.error);
    try {
      if (!atlas) say(quanyu.words.t("deskmap.loading"));
      const loaded = await quanyu.shapes.load();
      if (atlas !== loaded && atlas) placed = "";
      atlas = loaded;
    } catch {
      return say(quanyu.words.t("deskmap.failed"), draw);
    }
    if (part("state").textContent && data) say("");
    paint();
  }

  /** A map of another version: borders are fetched anew. */
  function checkVersion() {
    const latest = quanyu.link.state && quanyu.link.state.latest;
    if (!atlas || !latest || !latest.map_version || latest.map_version === atlas.version) return;
    quanyu.shapes.forget();
    draw();
  }

  document.addEventListener("quanyu:crew", () => data && atlas && paint());

  let watching = false;
  function watch() {
    if (watching) return;
    watching = true;
    quanyu.clock.onSecond(() => {
      if (!map) return;
      quanyu.mapMovers.setStale(Boolean(quanyu.link.feeds().position?.stale) || quanyu.link.status() === "lost");
      checkVersion();
    });
  }

  quanyu.deskMap = {
    /** What the map shows, as the server says. @param {?Object} given @param {?Array} regions rows: code, level, zh, en, parent, lon, lat */
    show(given, regions) {
      const unchanged = window.dash_clientside.no_update;
      if (regions) places = new Map(regions.map(([code, level, zh, en, parent, lon, lat]) => [code, { code, level, zh, en, parent, lon, lat }]));
      if (!given) return unchanged;
      data = given;
      watch();
      draw();
      return unchanged;
    },
    repaint: () => paint(),
    spotOf,
    place: (code) => places.get(code),
    get data() {
      return data;
    },
    get leaflet() {
      return map;
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
