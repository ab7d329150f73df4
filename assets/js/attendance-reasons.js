/** Reasons on the sheet of a day: a button of a mark opens a dialog, and what is entered goes to the server at once. */
(function (quanyu) {
  "use strict";

  const LONGEST = 500;

  /** @param {HTMLElement} button of a mark: data-excuse is its shift */
  function open(button) {
    const { el } = quanyu.dom;
    const { t } = quanyu.words;
    const { excuse, mark, about, reason } = button.dataset;
    const dialog = /** @type {HTMLDialogElement} */ (el("dialog", "actd"));
    const form = el("form");
    form.setAttribute("method", "dialog");
    form.noValidate = true;
    const title = el("h2", "", t("attendance.explain_title"));
    title.id = "at-title";
    dialog.setAttribute("aria-labelledby", title.id);
    const text = el("textarea");
    [text.id, text.rows, text.maxLength, text.value] = ["at-reason", 4, LONGEST, reason || ""];
    const label = el("label", "", t("attendance.explain_reason"));
    label.setAttribute("for", text.id);
    const said = el("div", "actd-said");
    said.setAttribute("role", "alert");
    const buttons = [push("attendance.explain_cancel", () => dialog.close())];
    const put = (/** @type {?string} */ value) => send(excuse, { mark, reason: value }, dialog, said);
    if (reason) buttons.push(push("attendance.explain_withdraw", () => put(null)));
    const save = el("button", "btn pri", t("attendance.explain_save"));
    save.type = "submit";
    form.append(title, el("p", "t2 actd-about", about), el("div", "actd-field", [label, text]), said, el("div", "actd-end", [...buttons, save]));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (text.value.trim()) return void put(text.value.trim());
      quanyu.dom.text(said, t("attendance.explain_missing"));
      text.focus();
    });
    dialog.append(form);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    text.focus();
  }

  /** @param {string} key @param {function(): void} act */
  function push(key, act) {
    const button = quanyu.dom.el("button", "btn", quanyu.words.t(key));
    button.type = "button";
    button.addEventListener("click", act);
    return button;
  }

  /** @param {string} shift @param {Object} body @param {HTMLDialogElement} dialog @param {HTMLElement} said */
  async function send(shift, body, dialog, said) {
    const { t, lang } = quanyu.words;
    quanyu.dom.text(said, t("attendance.explain_sending"));
    let sentence = t("attendance.explain_unanswered");
    try {
      const answer = await fetch(`/api/v1/attendance/shifts/${encodeURIComponent(shift)}/reasons?lang=${lang}`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
      });
      if (answer.ok) {
        dialog.close();
        location.reload(); // the sums of all regions above change with it
        return;
      }
      sentence = (await answer.json()).error.message;
    } catch {
      // said below
    }
    quanyu.dom.text(said, sentence);
  }

  document.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("button[data-excuse]");
    if (button) open(/** @type {HTMLElement} */ (button));
  });
})((globalThis.quanyu = globalThis.quanyu || {}));
