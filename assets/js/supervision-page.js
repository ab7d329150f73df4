/** The ledger of supervision: issues drafts, and is read anew when something of it changed anywhere. */
(function (quanyu) {
  "use strict";

  const LEAST_MS = 2000;
  /** Other news than of papers turn drafts alone, which are in no hurry. */
  const OTHERS_MS = 10000;
  const SPREAD_MS = 600;
  const OF_PAPERS = new Set(["supervised", "reminded", "escalated", "closed", "void", "gone"]);
  let listening = false;
  let n = 0;
  let timer = 0;
  let asked_ms = 0;
  let due_ms = 0;

  /** From Dash, each time the server has read the ledger. @param {?Object} data @returns {string} */
  function show(data) {
    if (!data || !document.querySelector(".sv-parts .sv-bar")) return "";
    if (quanyu.words.t("ledger.edit") === "ledger.edit") return void window.requestAnimationFrame(() => show(data)) || "";
    quanyu.supervisionPaint.paint(data);
    if (!listening) listen();
    return "on";
  }

  function listen() {
    listening = true;
    document.addEventListener("click", clicked);
    document.addEventListener("visibilitychange", () => soon(LEAST_MS));
    quanyu.link.onFrame((kind, parts) => {
      if (kind === "reset") soon(LEAST_MS);
      if (kind === "event") soon(parts.some((part) => OF_PAPERS.has(part.e?.why)) ? LEAST_MS : OTHERS_MS);
    });
  }

  /** Reads the ledger again, seldom and not all pages at once. @param {number} least_ms */
  function soon(least_ms) {
    if (document.hidden) return;
    const wait_ms = Math.max(0, asked_ms + least_ms - Date.now()) + Math.random() * SPREAD_MS;
    if (timer && due_ms <= Date.now() + wait_ms) return;
    clearTimeout(timer);
    due_ms = Date.now() + wait_ms;
    timer = setTimeout(renew, wait_ms);
  }

  function renew() {
    clearTimeout(timer);
    timer = 0;
    asked_ms = Date.now();
    n += 1;
    window.dash_clientside.set_props("supervision-ask", { data: { n, search: location.search } });
  }

  /** @param {MouseEvent} event */
  function clicked(event) {
    const target = /** @type {Element} */ (event.target);
    const button = /** @type {?HTMLButtonElement} */ (target.closest?.("[data-issue], [data-edit]"));
    if (!button || button.disabled) return;
    const line = /** @type {HTMLElement} */ (button.closest("li"));
    const { order, preset } = quanyu.supervisionPaint.draft(button.dataset.edit || button.dataset.issue);
    if (button.dataset.edit) return quanyu.actDialog.open(order.act, { ...preset, preset: order }, renew);
    issue(button, line, order, preset);
  }

  /** @param {HTMLButtonElement} button @param {HTMLElement} line @param {Object} order @param {Object} about */
  async function issue(button, line, order, about) {
    const { el, text } = quanyu.dom;
    button.disabled = true;
    text(button, quanyu.words.t("do.sending"));
    const answer = await quanyu.actDialog.post(about.code, order);
    if (answer.done) {
      quanyu.notice.say(`${quanyu.words.t(`do.done_${order.act}`)} · ${about.code}`);
      text(button, quanyu.words.t("ledger.issued_now"));
      return renew();
    }
    button.disabled = false;
    text(button, quanyu.words.t("ledger.issue"));
    const said = line.querySelector(".sv-said") || line.appendChild(el("p", "sv-said c-bad"));
    said.setAttribute("role", "alert");
    text(said, answer.sentence);
    if (answer.stale) soon(LEAST_MS);
  }

  quanyu.supervisionPage = { show, renew };
})((globalThis.quanyu = globalThis.quanyu || {}));
