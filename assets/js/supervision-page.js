/** The ledger of supervision: issues drafts, and reads itself anew when something of it changed anywhere. */
(function (quanyu) {
  "use strict";

  const LEAST_MS = 2000;
  const SPREAD_MS = 600;
  let listening = false;
  let n = 0;
  let timer = 0;
  let asked_ms = 0;

  /** @param {?Object} config @returns {string} */
  function show(config) {
    if (config && !listening) {
      listening = true;
      document.addEventListener("click", clicked);
      quanyu.link.onFrame((kind) => (kind === "event" || kind === "reset") && soon());
    }
    return config ? "on" : "";
  }

  /** Reads the ledger again, at most every two seconds and not all pages at once. */
  function soon() {
    if (timer || document.hidden) return;
    const wait_ms = Math.max(0, asked_ms + LEAST_MS - Date.now()) + Math.random() * SPREAD_MS;
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
    const line = /** @type {HTMLElement} */ (button.closest("[data-draft]"));
    const { order, about } = JSON.parse(line.dataset.draft);
    if (button.dataset.edit) return quanyu.actDialog.open(order.act, { ...about, preset: order }, renew);
    issue(button, line, order, about);
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
    if (answer.stale) soon();
  }

  quanyu.supervisionPage = { show, renew };
})((globalThis.quanyu = globalThis.quanyu || {}));
