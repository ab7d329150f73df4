/** Names on the desk's map and the squares of overdue areas; the movers' engine draws them. Owns where they stand. */
(function (quanyu) {
  "use strict";

  const NAME = 12;
  const MARK = 9;
  let map = null;
  /** @type {{names: Object[], squares: Array<[number, number]>}} */
  let shown = { names: [], squares: [] };
  let kept = new Map();

  /** Legend, tools and events as boxes in layer points. */
  function furniture() {
    const frame = map.getContainer().getBoundingClientRect();
    const corner = map.containerPointToLayerPoint([0, 0]);
    const [x, y] = [corner.x - frame.left, corner.y - frame.top];
    return [...map.getContainer().parentElement.querySelectorAll(".dm-legend, .dm-tools, .leaflet-events-pane button")].map((node) => {
      const box = node.getBoundingClientRect();
      return [box.left + x, box.top + y, box.right + x, box.bottom + y];
    });
  }

  function send() {
    if (!map || !map.getSize().x) return;
    const { dom, mercator, labelPlaces, figures, words } = quanyu;
    const unit = dom.scale();
    const font = `700 ${NAME * unit}px ${dom.token("--font-ui")}`;
    const { k, dx, dy } = mercator.view(map, { x: 0, y: 0 });
    const half = MARK * unit;
    const taken = furniture();
    for (const [x, y] of shown.squares) taken.push([x * k + dx - half, y * k + dy - half, x * k + dx + half, y * k + dy + half]);
    const labels = shown.names.map((region) => {
      const text = figures.brief(words.name(region.zh, region.en));
      const width = labelPlaces.widthOf(text, font);
      const [x, y] = [mercator.x(region.lon), mercator.y(region.lat)];
      const [px, py] = [x * k + dx, y * k + dy];
      const { offset, box } = labelPlaces.best(px, py, width, 16 * unit, taken, unit, kept.get(region.code));
      kept.set(region.code, offset);
      taken.push(box);
      return { x, y, texts: [{ text, font, colour: dom.token("--map-label"), left: box[0] - px, line: box[3] - 4 * unit - py }] };
    });
    const style = { halo: dom.token("--map-label-halo"), edge: 3 * unit, bad: dom.token("--bad"), sea: dom.token("--bg") };
    quanyu.mapMovers.tell({ kind: "labels", labels, squares: shown.squares, style });
  }

  quanyu.deskMapLabels = {
    /** @param {L.Map} given */
    attach(given) {
      map = given;
      kept = new Map();
      map.on("moveend resize", send);
    },
    /** @param {Object[]} names regions to be named @param {Array<[number, number]>} squares x, y of overdue areas */
    paint(names, squares) {
      shown = { names, squares };
      send();
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
