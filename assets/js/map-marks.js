/** Overdue grids as pulsing squares, and the alerts by their numbers. Owns the markers; each is made once and moved. */
(function (quanyu) {
  "use strict";

  const PULSES = 200;
  /** @type {Map<string, {marker: L.Marker, node: HTMLElement}>} */
  let squares = new Map();
  let numbers = [];
  let map = null;
  let still = [];

  function marker(node, level) {
    const icon = L.divIcon({ html: node, className: "mk", iconSize: [0, 0] });
    return L.marker([0, 0], { icon, interactive: false, keyboard: false, zIndexOffset: level }).addTo(map);
  }

  /** One mark for each region with overdue events, at the place of the one that is longest overdue. */
  function overdue(state, hidden) {
    const worst = new Map();
    for (const record of state.events.values()) {
      if (record.state !== "open" || record.late !== 1 || hidden.has(record.r)) continue;
      const known = worst.get(record.r);
      if (!known || (record.due ?? Infinity) < (known.due ?? Infinity)) worst.set(record.r, record);
    }
    return [...worst.values()]
      .map((record) => ({ code: record.r, due: record.due ?? Infinity, spot: quanyu.figures.spot(state, record) }))
      .filter((mark) => mark.spot)
      .sort((a, b) => a.due - b.due);
  }

  function move(shown, spot) {
    const at = shown.marker.getLatLng();
    if (at.lng !== spot[0] || at.lat !== spot[1]) shown.marker.setLatLng([spot[1], spot[0]]);
  }

  function paintSquares(marks) {
    const pulsing = marks.slice(0, PULSES);
    const wanted = new Set(pulsing.map((mark) => mark.code));
    for (const [code, shown] of squares) {
      if (wanted.has(code)) continue;
      shown.marker.remove();
      squares.delete(code);
    }
    pulsing.forEach((mark, i) => {
      let shown = squares.get(mark.code);
      if (!shown) {
        const node = quanyu.dom.el("div", "od", quanyu.dom.el("i", "pulse"));
        node.firstElementChild.style.animationDelay = `${-((i * 0.37) % 2.4).toFixed(2)}s`;
        shown = { node, marker: marker(node, 0) };
        squares.set(mark.code, shown);
      }
      move(shown, mark.spot);
    });
    still = marks.slice(PULSES);
  }

  function paintNumbers(state, alerts, now) {
    const { dom, figures } = quanyu;
    while (numbers.length > alerts.length) numbers.pop().marker.remove();
    alerts.forEach((record, i) => {
      const spot = figures.spot(state, record);
      if (!numbers[i]) {
        const label = dom.el("i", "", String(i + 1));
        const node = dom.el("div", "nm", label);
        numbers[i] = { node, marker: marker(node, 1000 - i) };
      }
      const late = (record.due !== null && record.due < now) || record.al === 1;
      dom.cls(numbers[i].node, late ? "nm bad" : "nm warn");
      numbers[i].node.hidden = !spot;
      numbers[i].node.dataset.event = String(record.id);
      if (spot) move(numbers[i], spot);
    });
  }

  /** @param {Object} view */
  function paint(view) {
    if (!map) return;
    const shown = view.alerts.slice(0, quanyu.panels.alerts.room());
    paintSquares(overdue(view.state, new Set(shown.map((record) => record.r))));
    paintNumbers(view.state, shown, view.now);
  }

  quanyu.mapMarks = {
    paint,
    /** Marks beyond the two hundredth, x, y (see mercator) of each: they stand still, drawn by the movers' engine. */
    still: () => still.map(({ spot }) => [quanyu.mercator.x(spot[0]), quanyu.mercator.y(spot[1])]),
    /** @param {L.Map} given */
    attach(given) {
      map = given;
      squares = new Map();
      numbers = [];
    },
    /** What labels keep clear of: boxes in layer points. */
    boxes() {
      const unit = quanyu.dom.scale();
      const box = (shown, half) => {
        const { x, y } = map.latLngToLayerPoint(shown.marker.getLatLng());
        return [x - half, y - half, x + half, y + half];
      };
      return [...[...squares.values()].map((shown) => box(shown, 9 * unit)), ...numbers.map((shown) => box(shown, 21 * unit))];
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
