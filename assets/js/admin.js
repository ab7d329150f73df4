// Administration: a button or a form of the page becomes one question to the server.

(() => {
  "use strict";

  /** Which store a page asks through, by the body that it has. */
  const STORES = [["audit-body", "audit-ask"], ["admin-settings-body", "admin-settings-ask"]];
  let turn = 0;

  /** @param {string} act @param {string} about @param {Record<string, any>} fields */
  function ask(act, about, fields) {
    const store = STORES.find(([body]) => document.getElementById(body))?.[1] || "admin-ask";
    turn += 1;
    window.dash_clientside.set_props(store, { data: { act, about, fields, turn } });
  }

  /** @param {HTMLFormElement} form */
  function fields(form) {
    /** @type {Record<string, any>} */
    const found = { roles: [] };
    for (const box of form.querySelectorAll("input[name], select[name]")) {
      const input = /** @type {HTMLInputElement | HTMLSelectElement} */ (box);
      found[input.name] = input.value;
    }
    for (const box of form.querySelectorAll("[data-check][aria-checked=true]")) {
      const { check = "", value = "" } = /** @type {HTMLElement} */ (box).dataset;
      if (check === "roles") found.roles.push(value);
      else found[check] = true;
    }
    return found;
  }

  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.dataset.admin) return;
    event.preventDefault();
    const button = /** @type {HTMLButtonElement | null} */ (/** @type {SubmitEvent} */ (event).submitter);
    const sent = fields(form);
    const act = (button && button.value) || form.dataset.admin;
    ask(act, act === "user-grant" ? sent.login : form.dataset.about || "", sent);
  });

  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const box = target.closest("[data-check]");
    if (box) box.setAttribute("aria-checked", String(box.getAttribute("aria-checked") !== "true"));
    const button = /** @type {HTMLElement | null} */ (target.closest("button[data-admin]"));
    if (button && button.dataset.admin) ask(button.dataset.admin, button.dataset.about || "", {});
  });
})();
