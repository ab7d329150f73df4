/** Names of streets with their open events, and of the neighbours, each placed clear of marks and other names. */
(function (quanyu) {
  "use strict";

  const NAME = 20;
  const COUNT = 18;
  const SMALL = 16;
  const NARROW_PX = 500;
  let layer = null;
  let view = null;
  /** Last offset of each label: it moves only where a clearly better place is free. */
  let kept = new Map();

  /** Pixels of a design pixel; less on a map as narrow as a phone's. */
  function unitOf() {
    return quanyu.dom.scale() * (layer.map.getSize().x < NARROW_PX ? 0.75 : 1);
  }

  function font(size, bold) {
    const unit = unitOf();
    return `${bold ? 700 : 400} ${size * unit}px ${quanyu.dom.token("--font-ui")}`;
  }

  /** Offsets to try, nearest first, in design pixels. */
  const OFFSETS = [[0, 0]];
  for (const ring of [14, 26, 38, 52, 68]) {
    for (let step = 0; step < 12; step++) {
      const angle = (step * Math.PI) / 6;
      OFFSETS.push([Math.round(1.6 * ring * Math.cos(angle)), Math.round(ring * Math.sin(angle))]);
    }
  }

  function overlap(a, b) {
    const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
    const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
    return width > 0 && height > 0 ? width * height : 0;
  }

  /** The offset with the least cost: what it covers, and how far it is. */
  function best(x, y, width, height, taken, unit, last) {
    let found = { cost: Infinity, offset: OFFSETS[0], box: null };
    for (const offset of OFFSETS) {
      const [cx, cy] = [x + offset[0] * unit, y + offset[1] * unit];
      const box = [cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2];
      let cost = Math.hypot(offset[0], offset[1]) * unit * unit * 4;
      for (const other of taken) cost += overlap(box, other) * 3;
      if (last && last[0] === offset[0] && last[1] === offset[1]) cost *= 0.6;
      if (cost < found.cost) found = { cost, offset, box };
      if (cost === 0) break;
    }
    return found;
  }

  function write(context, text, x, y, size, bold, colour, halo) {
    context.font = font(size, bold);
    if (halo) {
      context.lineWidth = 4.5 * unitOf();
      context.strokeStyle = quanyu.dom.token("--map-label-halo");
      context.strokeText(text, x, y);
    }
    context.fillStyle = quanyu.dom.token(colour);
    context.fillText(text, x, y);
  }

  function streets(context, canvas, taken) {
    const { figures, mercator, words, format } = quanyu;
    const unit = unitOf();
    const { k, dx, dy } = canvas.view();
    const gap = 6 * unit;
    for (const code of view.state.streets) {
      const region = view.state.regions.get(code);
      const name = figures.brief(words.name(region.zh, region.en));
      const counts = view.state.counts.get(code);
      const open = counts ? format.count(counts.open || 0) : "";
      context.font = font(NAME, true);
      const first = context.measureText(name).width;
      context.font = font(COUNT, false);
      const width = first + gap + context.measureText(open).width;
      const place = best(mercator.x(region.lon) * k + dx, mercator.y(region.lat) * k + dy, width, 24 * unit, taken, unit, kept.get(code));
      kept.set(code, place.offset);
      taken.push(place.box);
      const baseline = place.box[3] - 5 * unit;
      write(context, name, place.box[0], baseline, NAME, true, "--map-label", true);
      write(context, open, place.box[0] + first + gap, baseline, COUNT, false, "--text-1", true);
    }
  }

  function neighbours(context, canvas) {
    const { mercator, words } = quanyu;
    const { k, dx, dy } = canvas.view();
    context.textAlign = "center";
    for (const other of view.state.district.neighbours || []) {
      const [x, y] = [mercator.x(other.lon) * k + dx, mercator.y(other.lat) * k + dy];
      write(context, words.name(other.zh, other.en), x, y, SMALL, false, "--text-3", true);
    }
    context.textAlign = "left";
  }

  function draw(canvas) {
    const context = canvas.clear();
    if (!view || !view.state) return;
    context.lineJoin = "round";
    context.textBaseline = "alphabetic";
    const shift = canvas.corner;
    const taken = quanyu.mapMarks.boxes().map(([a, b, c, d]) => [a - shift.x, b - shift.y, c - shift.x, d - shift.y]);
    neighbours(context, canvas);
    streets(context, canvas, taken);
  }

  quanyu.mapLabels = {
    /** @param {L.Map} map */
    attach(map) {
      layer = quanyu.mapCanvas.create(map, "labels", 650, draw);
    },
    /** @param {Object} given the view */
    paint(given) {
      view = given;
      if (layer) draw(layer);
    },
    forget() {
      kept = new Map();
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
