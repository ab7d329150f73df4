/**
 * Events on the desk's map: single ones by their shape, near ones together as a ring of their states. Each is a button
 * that stays the same node as long as its place does, so that live updates never take the focus.
 */
(function (quanyu) {
  "use strict";

  const CELL = 48;
  /** How far from the middle of its cell a ring may stand, in cells: rings of neighbours keep apart. */
  const LEEWAY = 0.18;
  const DEEPEST = 19;
  const MOST_LISTED = 20;
  const STATES = [["red", "bad"], ["yellow", "warn"], ["green", "ok"], ["closed", "off"]];
  let map = null;
  let pane = null;
  let list = null;
  let points = [];
  /** @type {Map<string, {node: HTMLElement, sign: string, cluster: Object}>} */
  let shown = new Map();

  /**
   * Points that fall into one cell of the screen at this zoom. The cells lie fast on the ground.
   * @returns {Map<string, {n: number, x: number, y: number, counts: Object, members: Array}>}
   */
  function clustered() {
    const { k } = quanyu.mercator.view(map, { x: 0, y: 0 });
    const size = CELL * quanyu.dom.scale();
    const found = new Map();
    for (const point of points) {
      const [column, row] = [Math.floor((point.x * k) / size), Math.floor((point.y * k) / size)];
      const key = `${map.getZoom().toFixed(3)}:${column}:${row}`;
      let one = found.get(key);
      if (!one) found.set(key, (one = { n: 0, x: 0, y: 0, column, row, counts: {}, members: [] }));
      one.x += point.x * point.n;
      one.y += point.y * point.n;
      one.n += point.n;
      for (const state in point.counts) one.counts[state] = (one.counts[state] || 0) + point.counts[state];
      one.members.push(point);
    }
    const near = (place, cell) => (Math.max(cell + 0.5 - LEEWAY, Math.min(cell + 0.5 + LEEWAY, (place * k) / size)) * size) / k;
    for (const one of found.values()) {
      const several = one.members.length > 1;
      [one.x, one.y] = [one.x / one.n, one.y / one.n];
      if (several) [one.x, one.y] = [near(one.x, one.column), near(one.y, one.row)];
    }
    return found;
  }

  /** Which shape a single event has. */
  function kind(counts) {
    return STATES.find(([state]) => counts[state])?.[1] || "off";
  }

  function parts(counts) {
    const { words, format } = quanyu;
    return STATES.filter(([state]) => counts[state])
      .map(([state]) => words.t("deskmap.part", { name: words.t(`deskmap.${state}`), n: format.count(counts[state]) }))
      .join(words.t("list.comma"));
  }

  /** A ring of the states' shares around the number. */
  function donut({ n, counts }) {
    const { svg } = quanyu.dom;
    const radius = 15;
    const size = Math.min(44, 26 + 6 * Math.log10(n) * 1.6);
    const round = 2 * Math.PI * radius;
    let from = 0;
    const arcs = STATES.filter(([state]) => counts[state]).map(([state, look]) => {
      const share = (counts[state] / n) * round;
      const arc = svg("circle", {
        cx: 20, cy: 20, r: radius, class: `arc ${look}`, "stroke-dasharray": `${share} ${round - share}`, "stroke-dashoffset": -from,
      });
      from += share;
      return arc;
    });
    const label = svg("text", { x: 20, y: 24.5, "text-anchor": "middle" });
    label.textContent = n > 999 ? `${Math.floor(n / 1000)}k` : String(n);
    const ring = svg("g", { transform: "rotate(-90 20 20)" }, arcs);
    const mark = counts.red ? [svg("rect", { x: 31, y: 1, width: 8, height: 8, class: "late" })] : [];
    return svg("svg", { viewBox: "0 0 40 40", width: size, height: size, "aria-hidden": "true" }, [svg("circle", { cx: 20, cy: 20, r: 18, class: "disc" }), ring, label, ...mark]);
  }

  function dress(node, one) {
    const { dom, words, format } = quanyu;
    const single = one.n === 1 && one.members[0].code;
    const look = single ? dom.glyph(kind(one.counts)) : donut(one);
    dom.cls(node, single ? "dm-one" : "dm-many");
    node.replaceChildren(look);
    const text = single
      ? words.t("deskmap.single", { code: one.members[0].code, colour: parts(one.counts) })
      : words.t("deskmap.cluster", { n: format.count(one.n), parts: parts(one.counts) });
    dom.attr(node, "aria-label", text);
    dom.attr(node, "title", text);
  }

  function render() {
    if (!map || !map.getSize().x) return;
    const fresh = clustered();
    const { k, dx, dy } = quanyu.mercator.view(map, { x: 0, y: 0 });
    for (const [key, known] of shown) {
      if (fresh.has(key)) continue;
      known.node.remove();
      shown.delete(key);
    }
    for (const [key, one] of fresh) {
      let known = shown.get(key);
      if (!known) {
        const node = quanyu.dom.el("button");
        node.type = "button";
        known = { node, sign: "", cluster: one };
        node.addEventListener("click", (event) => {
          event.stopPropagation(); // going nearer takes the button away before the map hears of the click
          press(shown.get(key).cluster);
        });
        shown.set(key, known);
        pane.append(node);
      }
      known.cluster = one;
      const sign = JSON.stringify([one.counts, one.n === 1 && one.members[0].code, quanyu.words.lang]);
      if (sign !== known.sign) dress(known.node, one);
      known.sign = sign;
      const [x, y] = [Math.round(one.x * k + dx), Math.round(one.y * k + dy)];
      quanyu.dom.style(known.node, "transform", `translate(${x}px, ${y}px) translate(-50%, -50%)`);
    }
  }

  /** Bounds of a cluster's points. @returns {L.LatLngBounds} */
  function bounds({ members }) {
    const { k, dx, dy } = quanyu.mercator.view(map, { x: 0, y: 0 });
    return L.latLngBounds(members.map((point) => map.layerPointToLatLng(L.point(point.x * k + dx, point.y * k + dy))));
  }

  /** Opens an event, or goes nearer, or lists what lies on one spot. */
  function press(one) {
    shut();
    if (one.n === 1 && one.members[0].code) return quanyu.eventDrawer.open(one.members[0].code);
    const box = bounds(one);
    const zoom = Math.min(DEEPEST, map.getBoundsZoom(box, false, L.point(60, 60)));
    if (zoom > map.getZoom() + 0.3) return void map.setView(box.getCenter(), zoom, { animate: false });
    const named = one.members.filter((point) => point.code);
    if (named.length) listed({ ...one, members: named });
    else map.setView(box.getCenter(), Math.min(DEEPEST, map.getZoom() + 1), { animate: false });
  }

  /** The events of one spot, to choose from. */
  function listed(one) {
    const { dom, words, format } = quanyu;
    const items = one.members.slice(0, MOST_LISTED).map((point) => {
      const button = dom.el("button", "", [dom.glyph(kind(point.counts)), dom.el("span", "", point.code)]);
      button.type = "button";
      button.addEventListener("click", () => quanyu.eventDrawer.open(point.code));
      return button;
    });
    list.replaceChildren(dom.el("b", "", words.t("deskmap.stack", { n: format.count(one.n) })), ...items);
    list.hidden = false;
    items[0].focus();
  }

  function shut() {
    if (list) list.hidden = true;
  }

  quanyu.deskMapPoints = {
    /** @param {L.Map} given */
    attach(given) {
      map = given;
      shown = new Map();
      pane = map.createPane("events");
      pane.style.zIndex = "450";
      L.DomEvent.disableClickPropagation(pane);
      list = quanyu.dom.el("div", "dm-list");
      list.hidden = true;
      list.addEventListener("keydown", (event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        shut();
        map.getContainer().focus();
      });
      map.getContainer().parentElement.append(list);
      map.on("moveend resize", render);
      map.on("movestart", shut);
    },
    /** @param {Array<{x: number, y: number, n: number, counts: Object, code: ?string, region: string}>} given */
    paint(given) {
      points = given;
      if (!points.length) shut();
      render();
    },
    STATES,
    /** What is shown: cluster by cluster, its number and its states. */
    clusters: () => [...shown.values()].map(({ cluster }) => ({ n: cluster.n, counts: cluster.counts })),
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
