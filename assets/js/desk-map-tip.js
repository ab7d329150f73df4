/** The exact values of the area under the pointer, beside it. */
(function (quanyu) {
  "use strict";

  let map = null;
  let box = null;
  let node = null;

  function at(event) {
    const code = quanyu.deskMapGround.at(...quanyu.deskMap.spotOf(event.latlng));
    quanyu.deskMapGround.hover(code);
    const data = quanyu.deskMap.data;
    map.getContainer().style.cursor = code && data && code !== data.region ? "pointer" : "";
    if (!code || !data || event.originalEvent.target.closest("button")) return hide();
    fill(code, data);
    move(event.containerPoint);
  }

  function fill(code, data) {
    const { dom, words, format, deskMapLegend } = quanyu;
    const region = quanyu.deskMap.place(code);
    const row = (data.areas || []).find(([own]) => own === code);
    const lines = [dom.el("b", "", region ? words.name(region.zh, region.en) : code)];
    if (row && data.kind === "areas") {
      const [, own, n, d, late] = row;
      lines.push(dom.el("span", "", words.t("deskmap.tip_value", { name: data.name, value: deskMapLegend.value(own, data.unit) })));
      if (d !== null) lines.push(dom.el("span", "", words.t("deskmap.tip_parts", { n: format.count(n), d: format.count(d) })));
      if (late && data.layer !== "overdue_open") lines.push(dom.el("span", "c-bad", words.t("deskmap.tip_overdue", { n: format.count(late) })));
    }
    node.replaceChildren(...lines);
    node.dataset.code = code;
    node.hidden = false;
  }

  function move(point) {
    const [wide, high] = [box.clientWidth, box.clientHeight];
    const x = point.x + 14 + node.offsetWidth > wide ? point.x - 14 - node.offsetWidth : point.x + 14;
    const y = point.y + 14 + node.offsetHeight > high ? point.y - 14 - node.offsetHeight : point.y + 14;
    quanyu.dom.style(node, "transform", `translate(${Math.max(0, Math.round(x))}px, ${Math.max(0, Math.round(y))}px)`);
  }

  function hide() {
    node.hidden = true;
  }

  quanyu.deskMapTip = {
    /** @param {L.Map} given @param {HTMLElement} frame */
    attach(given, frame) {
      [map, box] = [given, frame];
      node = quanyu.dom.el("div", "dm-tip");
      node.hidden = true;
      box.append(node);
      map.on("mousemove", at);
      map.on("mouseout", () => {
        quanyu.deskMapGround.hover(null);
        hide();
      });
      map.on("movestart", hide);
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
