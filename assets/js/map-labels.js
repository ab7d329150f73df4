/**
 * Names of streets with their open events, and of the neighbours, each placed clear of marks and other names.
 * Owns where they stand; the movers' engine draws them.
 */
(function (quanyu) {
  "use strict";

  const NAME = 20;
  const COUNT = 18;
  const SMALL = 16;
  const NARROW_PX = 500;
  const FURNITURE = "#wall-map-panel > header > *, #wall-map-panel > .legend, #wall-map-panel > .scl";
  let map = null;
  let view = null;
  let sent = "";
  /** Last offset of each label: it moves only where a clearly better place is free. */
  let kept = new Map();

  /** Pixels of a design pixel; less on a map as narrow as a phone's. */
  function unitOf() {
    return quanyu.dom.scale() * (map.getSize().x < NARROW_PX ? 0.75 : 1);
  }

  function font(size, bold, unit) {
    return `${bold ? 700 : 400} ${size * unit}px ${quanyu.dom.token("--font-ui")}`;
  }

  /** Labels of the streets: a point, and texts at pixels from it. */
  function streets(unit, taken) {
    const { figures, mercator, words, format, dom } = quanyu;
    const { best, widthOf } = quanyu.labelPlaces;
    const { k, dx, dy } = mercator.view(map, { x: 0, y: 0 });
    const [bold, plain] = [font(NAME, true, unit), font(COUNT, false, unit)];
    const [bright, soft] = [dom.token("--map-label"), dom.token("--text-1")];
    const gap = 6 * unit;
    return view.state.streets.map((code) => {
      const region = view.state.regions.get(code);
      const name = figures.brief(words.name(region.zh, region.en));
      const counts = view.state.counts.get(code);
      const open = counts ? format.count(counts.open || 0) : "";
      const first = widthOf(name, bold);
      const width = first + gap + widthOf(open, plain);
      const [x, y] = [mercator.x(region.lon), mercator.y(region.lat)];
      const [px, py] = [x * k + dx, y * k + dy];
      const { offset, box } = best(px, py, width, 24 * unit, taken, unit, kept.get(code));
      kept.set(code, offset);
      taken.push(box);
      const [left, line] = [box[0] - px, box[3] - 5 * unit - py];
      const texts = [
        { text: name, font: bold, colour: bright, left, line },
        { text: open, font: plain, colour: soft, left: left + first + gap, line },
      ];
      return { x, y, texts };
    });
  }

  /** Heading, legend and scale of the panel as boxes in layer points; the map shows through between them. */
  function furniture() {
    const frame = map.getContainer().getBoundingClientRect();
    const corner = map.containerPointToLayerPoint([0, 0]);
    const [x, y] = [corner.x - frame.left, corner.y - frame.top];
    return [...document.querySelectorAll(FURNITURE)].map((node) => {
      const box = node.getBoundingClientRect();
      return [box.left + x, box.top + y, box.right + x, box.bottom + y];
    });
  }

  function neighbours(unit) {
    const { mercator, words, dom } = quanyu;
    const face = font(SMALL, false, unit);
    const colour = dom.token("--text-3");
    return (view.state.district.neighbours || []).map((other) => {
      const text = words.name(other.zh, other.en);
      const left = -quanyu.labelPlaces.widthOf(text, face) / 2;
      return { x: mercator.x(other.lon), y: mercator.y(other.lat), texts: [{ text, font: face, colour, left, line: 0 }] };
    });
  }

  function send() {
    if (!map || !view || !view.state || !map.getSize().x) return;
    const unit = unitOf();
    const marks = quanyu.mapMarks;
    const labels = [...neighbours(unit), ...streets(unit, [...furniture(), ...marks.boxes()])];
    const style = { halo: quanyu.dom.token("--map-label-halo"), edge: 4.5 * unit, bad: quanyu.dom.token("--bad"), sea: quanyu.dom.token("--bg") };
    const message = { kind: "labels", labels, squares: marks.still(), style };
    const sign = JSON.stringify(message);
    if (sign === sent) return;
    sent = sign;
    quanyu.mapMovers.tell(message);
  }

  quanyu.mapLabels = {
    /** @param {L.Map} given */
    attach(given) {
      map = given;
      map.on("moveend resize", send);
    },
    /** @param {Object} given the view */
    paint(given) {
      view = given;
      send();
    },
    /** Another size or zoom: labels may stand elsewhere. */
    forget() {
      kept = new Map();
      sent = "";
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
