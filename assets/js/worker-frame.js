/** What stands around the maps of the pages of workers: zoom, scale, one sentence over the map. Owns no data. */
(function (quanyu) {
  "use strict";

  const NICE_M = [10, 20, 50, 100, 150, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000];
  const SCALE_PX = 80;

  /** A place that the server laid out. @param {string} name @returns {?HTMLElement} */
  const at = (name) => document.querySelector(`#worker [data-wk="${name}"]`);

  /** @param {L.Map} map @param {function(): void} reset */
  function tools(map, reset) {
    const acts = { in: () => map.zoomIn(undefined, { animate: false }), out: () => map.zoomOut(undefined, { animate: false }), reset };
    for (const button of document.querySelectorAll("#worker [data-zoom]")) button.addEventListener("click", acts[button.dataset.zoom]);
    map.on("moveend", () => scale(map));
  }

  /** @param {L.Map} map */
  function scale(map) {
    const size = map.getSize();
    const node = at("scale");
    if (!size.x || !node) return;
    const meters = map.distance(map.containerPointToLatLng([0, size.y / 2]), map.containerPointToLatLng([100, size.y / 2])) / 100;
    const most = SCALE_PX * quanyu.dom.scale() * meters;
    const m = NICE_M.filter((one) => one <= most).pop() || NICE_M[0];
    quanyu.dom.style(node.firstElementChild, "width", `${m / meters}px`);
    quanyu.dom.text(node.lastElementChild, m >= 1000 ? quanyu.words.t("deskmap.distance_km", { km: m / 1000 }) : quanyu.words.t("deskmap.distance_m", { m }));
  }

  /** One sentence over the map; nothing where all is well. @param {string} text @param {function(): void} [again] */
  function say(text, again) {
    const { el } = quanyu.dom;
    const node = at("state");
    if (!node) return;
    node.replaceChildren(...(text ? [el("span", "", text)] : []));
    if (!text || !again) return;
    const button = el("button", "btn sm", quanyu.words.t("worker.again"));
    button.type = "button";
    button.addEventListener("click", again);
    node.append(button);
  }

  /** Menus shut when something was chosen, when the focus leaves them, and with Escape. */
  function menus() {
    for (const menu of document.querySelectorAll("#worker details.menu")) {
      menu.addEventListener("focusout", ({ relatedTarget }) => {
        if (relatedTarget && !menu.contains(relatedTarget)) menu.open = false;
      });
      menu.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || !menu.open) return;
        event.preventDefault();
        menu.open = false;
        menu.firstElementChild.focus();
      });
    }
    document.addEventListener("pointerdown", ({ target }) => {
      for (const menu of document.querySelectorAll("#worker details.menu[open]")) if (!menu.contains(target)) menu.open = false;
    });
  }

  quanyu.workerFrame = { at, tools, scale, say, menus };
})((globalThis.quanyu = globalThis.quanyu || {}));
