/** The rota's page: a button of a day, a worker or a change opens a dialog, and what is entered goes to the server. */
(function (quanyu) {
  "use strict";

  const ADDRESS = "/api/v1/attendance/rota";

  /** @typedef {{name: string, node: HTMLInputElement|HTMLSelectElement, part: HTMLElement}} Field */

  const choice = (/** @type {string} */ value, /** @type {string} */ label) => {
    const node = quanyu.dom.el("option", "", label);
    node.value = value;
    return node;
  };

  /** @param {string} name @param {string} type of an input @param {string} [value] @returns {Field} */
  function input(name, type, value = "") {
    const node = quanyu.dom.el("input");
    [node.type, node.value, node.autocomplete] = [type, value, "off"];
    return field(name, node);
  }

  /** @param {string} name @param {Array<[string, string]>} choices @param {string} [value] @returns {Field} */
  function select(name, choices, value) {
    const node = quanyu.dom.el("select", "", choices.map(([code, label]) => choice(code, label)));
    if (value !== undefined) node.value = value;
    return field(name, node);
  }

  /** @returns {Field} */
  function field(name, node) {
    const { el } = quanyu.dom;
    node.id = `rota-${name}`;
    const label = el("label", "", quanyu.words.t(`rota.${name}`));
    label.setAttribute("for", node.id);
    return { name, node, part: el("div", "actd-field", [label, node]) };
  }

  /** The fields of each dialog, and what they say together. @type {Object<string, function(DOMStringMap, DOMStringMap): {fields: Field[], asked: function(Object<string,string>): Object}>} */
  const DIALOGS = {
    change({ worker, day, held }, { turns }) {
      const { t } = quanyu.words;
      const kinds = held ? ["leave", "swap", "extra"] : ["extra"];
      const kind = select("kind", kinds.map((one) => [one, t(`rota.kind_${one}`)]));
      const swap = [input("other", "text"), input("other_day", "date", day)];
      const extra = select("turn", JSON.parse(turns));
      const show = () => {
        for (const one of swap) one.part.hidden = kind.node.value !== "swap";
        extra.part.hidden = kind.node.value !== "extra";
      };
      kind.node.addEventListener("change", show);
      show();
      return { fields: [kind, ...swap, extra, input("note", "text")], asked: (said) => ({
        enter: said.kind, worker, day, note: said.note,
        ...(said.kind === "swap" ? { other: said.other, other_day: said.other_day } : {}),
        ...(said.kind === "extra" ? { turn: said.turn } : {}),
      }) };
    },
    assign({ worker, step }, { patterns, first }) {
      const choices = [...JSON.parse(patterns), ["", quanyu.words.t("rota.no_pattern")]];
      return { fields: [select("pattern", choices), input("first", "date", first), input("step", "number", step)], asked: (said) => ({
        enter: "assign", workers: [worker], pattern: said.pattern || null, first: said.first, step: Number(said.step || 0),
      }) };
    },
    pattern(_about, { turns, first }) {
      const { t } = quanyu.words;
      const known = JSON.parse(turns).map(([code]) => code).join(", ");
      const rests = select("rests", [["cycle", t("rota.rests_cycle")], ["calendar", t("rota.rests_calendar")]]);
      return { fields: [input("code", "text"), input("name", "text"), input("turns", "text", known), input("anchor", "date", first), rests], asked: (said) => ({
        enter: "pattern", code: said.code, name: said.name, anchor: said.anchor, rests: said.rests,
        turns: said.turns.split(/[,，]/).map((one) => one.trim()).map((one) => (one === "-" || !one ? null : one)),
      }) };
    },
    withdraw: ({ id }) => ({ fields: [], asked: () => ({ enter: "withdraw", id: Number(id) }) }),
  };

  /** @param {HTMLElement} button */
  function open(button) {
    const { el } = quanyu.dom;
    const { t } = quanyu.words;
    const kind = button.dataset.rota;
    const { fields, asked } = DIALOGS[kind](button.dataset, document.getElementById("rota").dataset);
    const dialog = /** @type {HTMLDialogElement} */ (el("dialog", "actd"));
    const form = el("form");
    form.setAttribute("method", "dialog");
    form.noValidate = true;
    const title = el("h2", "", t(`rota.do_${kind}`));
    title.id = "rota-do";
    dialog.setAttribute("aria-labelledby", title.id);
    const said = el("div", "actd-said");
    said.setAttribute("role", "alert");
    const cancel = el("button", "btn", t("rota.cancel"));
    cancel.type = "button";
    cancel.addEventListener("click", () => dialog.close());
    const save = el("button", "btn pri", t("rota.save"));
    save.type = "submit";
    const about = [button.dataset.name, button.dataset.day].filter(Boolean).join(" · ");
    form.append(title, el("p", "t2 actd-about", about), ...fields.map((one) => one.part), said, el("div", "actd-end", [cancel, save]));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(asked(Object.fromEntries(fields.map(({ name, node }) => [name, node.value.trim()]))), said);
    });
    dialog.append(form);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    (fields[0]?.node || save).focus();
  }

  /** @param {Object} body @param {HTMLElement} said */
  async function send(body, said) {
    const { t, lang } = quanyu.words;
    quanyu.dom.text(said, t("rota.sending"));
    let sentence = t("rota.unanswered");
    try {
      const answer = await fetch(`${ADDRESS}?lang=${lang}`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
      });
      if (answer.ok) return void location.reload(); // days and workers beyond the one may be others now
      sentence = (await answer.json()).error.message;
    } catch {
      // said below
    }
    quanyu.dom.text(said, sentence);
  }

  document.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("button[data-rota]");
    if (button) open(/** @type {HTMLElement} */ (button));
  });
})((globalThis.quanyu = globalThis.quanyu || {}));
