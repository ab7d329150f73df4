/**
 * Acting on an event: a native dialog for each act, sent to the server with the version that its reader saw.
 * What the server says against it stands in the dialog, and nothing that was typed is lost.
 */
(function (quanyu) {
  "use strict";

  const FIELDS = {
    supervise: ["reason", "due"],
    remind: ["reason", "due"],
    transfer: ["department", "reason"],
    note: ["reason"],
    mark_duplicate: ["duplicate_of", "reason"],
  };
  const LONGEST = 500;
  const LOCAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/;
  const OPTIONAL = new Set(["remind.due"]);

  /** "2026-11-21T14:30" in the district's zone. @param {number} ms */
  function local(ms) {
    const p = quanyu.clock.local(ms);
    return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}`;
  }

  /** The instant of a local time in the district's zone. @param {string} text @returns {number} ms, NaN for none */
  function instant(text) {
    if (!LOCAL.test(text)) return NaN;
    const plain = Date.parse(`${text}:00Z`);
    const offset = (/** @type {number} */ at) => Date.parse(`${local(at)}:00Z`) - Math.floor(at / 60000) * 60000;
    const near = plain - offset(plain);
    return plain - offset(near);
  }

  /**
   * @param {string} act
   * @param {{code: string, v: number, title: string, evidence: string, due_ms: ?number, department: string,
   *   departments: Array<[string, string]>, near: Array<[string, string]>, preset?: Object<string, string>}} about
   * @param {function(): void} done called when the event is another than the one that was shown
   */
  function open(act, about, done) {
    const { el } = quanyu.dom;
    const { t } = quanyu.words;
    const dialog = /** @type {HTMLDialogElement} */ (el("dialog", "actd"));
    const form = el("form");
    form.setAttribute("method", "dialog");
    form.noValidate = true;
    const title = el("h2", "", t(`do.title_${act}`));
    title.id = "act-title";
    dialog.setAttribute("aria-labelledby", title.id);
    const inputs = Object.fromEntries(FIELDS[act].map((name) => [name, input(name, act, about)]));
    const said = el("div", "actd-said");
    said.setAttribute("role", "alert");
    const send = el("button", "btn pri", t(`do.send_${act}`));
    send.type = "submit";
    const cancel = el("button", "btn", t("do.cancel"));
    cancel.type = "button";
    cancel.addEventListener("click", () => dialog.close());
    form.append(title, el("p", "t2 actd-about", `${about.title} · ${about.code}`), ...FIELDS[act].map((name) => field(name, act, inputs[name], about)),
      said, el("div", "actd-end", [cancel, send]));
    dialog.append(form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      submit({ act, about, inputs, dialog, said, send, done });
    });
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    inputs[FIELDS[act][0]].focus();
  }

  /** @param {string} name @param {string} act @param {Object} about @returns {HTMLElement} */
  function input(name, act, about) {
    const { el } = quanyu.dom;
    const preset = about.preset?.[name];
    let node;
    if (name === "reason") {
      node = el("textarea");
      node.rows = 4;
      node.maxLength = LONGEST;
      node.value = preset ?? (act === "supervise" || act === "remind" ? about.evidence || "" : "");
    } else if (name === "department") {
      node = el("select", "", [option("", quanyu.words.t("do.choose")), ...about.departments
        .filter(([code]) => code !== about.department).map(([code, label]) => option(code, label))]);
    } else {
      node = el("input");
      node.type = name === "due" ? "datetime-local" : "text";
      if (name === "due") {
        node.min = local(quanyu.clock.now());
        const due = preset ? Date.parse(preset) : about.due_ms;
        node.value = due ? local(due) : "";
      } else {
        node.maxLength = 64;
        node.autocomplete = "off";
        node.spellcheck = false;
      }
    }
    node.id = `act-${name}`;
    if (!OPTIONAL.has(`${act}.${name}`)) node.required = true;
    return node;
  }

  /** @param {string} value @param {string} label */
  function option(value, label) {
    const node = quanyu.dom.el("option", "", label);
    node.value = value;
    return node;
  }

  /** A field with its label, and what can be picked for it. */
  function field(name, act, node, about) {
    const { el } = quanyu.dom;
    const { t } = quanyu.words;
    const label = el("label", "", t(name === "reason" && act === "note" ? "do.reason_note" : `do.${name}`));
    label.setAttribute("for", node.id);
    const parts = [label, node];
    if (name === "duplicate_of" && about.near?.length) {
      const picks = about.near.map(([code, what]) => {
        const pick = el("button", "btn sm", `${code} ${what}`);
        pick.type = "button";
        pick.addEventListener("click", () => {
          node.value = code;
          node.focus();
        });
        return pick;
      });
      parts.push(el("div", "actd-picks", [el("span", "t3", t("do.nearby")), ...picks]));
    }
    return el("div", "actd-field", parts);
  }

  /** What is missing or makes no sense before anything is sent. @returns {?string} the field */
  function lacking({ inputs, said }) {
    for (const [name, node] of Object.entries(inputs)) {
      const empty = node.required && !node.value.trim();
      const past = !empty && name === "due" && !(instant(node.value) > quanyu.clock.now());
      node.toggleAttribute("aria-invalid", empty || past);
      if (!empty && !past) continue;
      quanyu.dom.text(said, quanyu.words.t(past ? "do.past_due" : `do.missing_${name}`));
      node.focus();
      return name;
    }
    return null;
  }

  /** @param {Object} open */
  async function submit(open) {
    const { act, about, inputs, dialog, said, send, done } = open;
    if (send.disabled || lacking(open)) return;
    const order = { act, version: about.v };
    for (const [name, node] of Object.entries(inputs)) {
      const value = node.value.trim();
      if (value) order[name] = name === "due" ? new Date(instant(value)).toISOString() : value;
    }
    send.disabled = true;
    quanyu.dom.text(said, quanyu.words.t("do.sending"));
    const answer = await post(about.code, order);
    send.disabled = false;
    if (answer.done) {
      dialog.close();
      quanyu.notice.say(`${quanyu.words.t(`do.done_${act}`)} · ${about.code}`);
      done();
      return;
    }
    said.replaceChildren(quanyu.dom.el("p", "", answer.sentence));
    if (answer.stale) said.append(latest(dialog, done));
  }

  /** The way to the event as it is now. */
  function latest(dialog, done) {
    const button = quanyu.dom.el("button", "btn sm", quanyu.words.t("do.latest"));
    button.type = "button";
    button.addEventListener("click", () => {
      dialog.close();
      done();
    });
    return button;
  }

  /**
   * @param {string} code @param {Object} order
   * @returns {Promise<{done: boolean, stale: boolean, sentence: string}>}
   */
  async function post(code, order) {
    const { t, lang } = quanyu.words;
    let answer;
    try {
      answer = await fetch(`/api/v1/events/${encodeURIComponent(code)}/acts?lang=${lang}`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(order),
      });
    } catch {
      return { done: false, stale: true, sentence: t(navigator.onLine === false ? "do.unreachable" : "do.unanswered") };
    }
    if (answer.ok) return { done: true, stale: false, sentence: "" };
    const said = await answer.json().catch(() => null);
    return { done: false, stale: answer.status === 409 || answer.status >= 500, sentence: said?.error?.message || t("do.unanswered") };
  }

  quanyu.actDialog = { open, post, local, instant };
})((globalThis.quanyu = globalThis.quanyu || {}));
