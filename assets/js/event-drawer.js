/**
 * One event at hand: the drawer over any page, and the page of an event. Owns which event lies open, says so in the
 * address, asks the server for it, and again when the stream brings news of it.
 */
(function (quanyu) {
  "use strict";

  const STORE = "event-open";
  const AGAIN_MS = 60;
  const SPREAD_MS = 200;

  /** What the server laid out last. @type {?{code: string, v: number, due: ?number, warn: ?number}} */
  let shown = null;
  let wanted = "";
  let asked = 0;
  let timer = 0;
  /** @type {?Element} */
  let came_from = null;
  let listening = false;

  const panel = () => document.getElementById("event-drawer");
  const body = () => document.getElementById("event-body");

  /** Opens the drawer on an event; a page without one goes to the event's own page. @param {string} code */
  function open(code) {
    if (!panel()) return location.assign(`/event/${encodeURIComponent(code)}`);
    if (panel().hidden) came_from = document.activeElement;
    if (wanted === code && !panel().hidden) return;
    wanted = code;
    panel().hidden = false;
    panel().setAttribute("aria-busy", "true");
    tell(code);
    ask();
  }

  function close() {
    if (!panel() || panel().hidden) return;
    panel().hidden = true;
    wanted = "";
    shown = null;
    tell("");
    if (came_from instanceof HTMLElement && came_from.isConnected) came_from.focus();
    came_from = null;
  }

  /** The address and the page's other parts learn which event lies open. @param {string} code */
  function tell(code) {
    if (quanyu.desk?.region?.()) quanyu.desk.go({ event: code || null }, undefined, { replace: true });
    else {
      const query = new URLSearchParams(location.search);
      if (code) query.set("event", code);
      else query.delete("event");
      const search = query.toString();
      history.replaceState(history.state, "", location.pathname + (search ? `?${search}` : ""));
    }
    document.dispatchEvent(new CustomEvent("quanyu:event", { detail: { code } }));
  }

  function ask() {
    asked += 1;
    window.dash_clientside.set_props(STORE, { data: { code: wanted, n: asked, alone: !panel() } });
  }

  /** Asks again soon; pages that show the same event do not all ask at once. */
  function again() {
    clearTimeout(timer);
    timer = setTimeout(() => wanted && ask(), AGAIN_MS + Math.random() * SPREAD_MS);
  }

  /** From Dash: the server has laid an event out. @param {?Object} given @returns {string} */
  function show(given) {
    if (!listening) listen();
    if (!given) return "";
    if (panel() && given.code !== wanted) return given.code;
    wanted = given.code;
    const first = !shown || shown.code !== given.code;
    shown = given;
    panel()?.removeAttribute("aria-busy");
    if (first && panel() && !panel().contains(document.activeElement)) panel().focus({ preventScroll: true });
    tick();
    document.dispatchEvent(new CustomEvent("quanyu:event", { detail: { code: given.code } }));
    return given.code;
  }

  function listen() {
    listening = true;
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) close();
    });
    document.addEventListener("click", clicked);
    document.addEventListener("quanyu:view", (event) => {
      if (event.detail.changed.includes("event")) follow(event.detail.query.event || "");
    });
    quanyu.link.onFrame((kind, parts) => {
      if (kind === "reset") return again();
      if (kind !== "event" || !shown) return;
      if (parts.some((part) => part.e && part.e.code === shown.code && (part.e.v > shown.v || part.e.why === "overdue"))) again();
    });
    quanyu.clock.onSecond(tick);
    const code = new URLSearchParams(location.search).get("event");
    if (code && panel()) open(code);
  }

  /** @param {MouseEvent} event */
  function clicked(event) {
    const target = /** @type {Element} */ (event.target);
    if (target.closest?.("#event-drawer [data-close]")) return close();
    const act = /** @type {?HTMLElement} */ (target.closest?.("#event-body [data-act]"));
    if (act && shown) return quanyu.actDialog.open(act.dataset.act, shown, again);
    const link = /** @type {?HTMLElement} */ (target.closest?.("a[data-event]"));
    if (!link || !panel() || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link.dataset.event);
  }

  /** Back and forward. @param {string} code */
  function follow(code) {
    if (code === wanted) return;
    if (code) open(code);
    else close();
  }

  /** The time left goes on while the event lies open; with another colour its reason is another too. */
  function tick() {
    const node = /** @type {?HTMLElement} */ (body()?.querySelector("[data-due]"));
    if (!node || !shown) return;
    const { glyph, text } = quanyu.eventTiming.of({ state: "open", due: shown.due, warn: shown.warn, closed: null }, quanyu.clock.now());
    if (node.dataset.glyph && node.dataset.glyph !== glyph) again();
    node.dataset.glyph = glyph;
    quanyu.dom.text(node.lastElementChild, text);
    quanyu.dom.cls(node.firstElementChild, `st ${glyph}`);
    quanyu.dom.cls(node, glyph === "bad" || glyph === "warn" ? `tag ${glyph}` : "tag");
  }

  quanyu.eventDrawer = { open, close, show, again, code: () => wanted };
})((globalThis.quanyu = globalThis.quanyu || {}));
