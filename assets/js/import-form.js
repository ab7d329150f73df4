/** What a person chooses on the page of imports: inputs, switches, a mapping file; and handing it to the server. */
(function (quanyu) {
  "use strict";

  const CRS = ["WGS-84", "GCJ-02", "BD-09", "EPSG:4490", "EPSG:4326", "EPSG:4547", "EPSG:4548", "EPSG:4549", "EPSG:3857"];
  const MOST_TOML = 250000;
  let asked = 0;

  /** Builds what the layout only marks. @param {ParentNode} root */
  function mount(root) {
    for (const host of root.querySelectorAll(".inp-host")) line(/** @type {HTMLElement} */ (host));
    for (const host of root.querySelectorAll(".toml-host")) mapping(/** @type {HTMLElement} */ (host));
    if (!document.getElementById("im-crs")) {
      const list = quanyu.dom.el("datalist");
      list.id = "im-crs";
      list.append(...CRS.map((name) => Object.assign(document.createElement("option"), { value: name })));
      document.body.append(list);
    }
  }

  /** A line of text. @param {HTMLElement} host */
  function line(host) {
    let input = /** @type {HTMLInputElement|null} */ (host.querySelector("input"));
    if (!input) {
      input = /** @type {HTMLInputElement} */ (quanyu.dom.el("input", "inp"));
      input.type = "text";
      input.maxLength = 200;
      input.autocomplete = "off";
      host.append(input);
    }
    input.placeholder = host.dataset.placeholder || "";
    if (host.dataset.suggestions) input.setAttribute("list", host.dataset.suggestions);
    input.disabled = Boolean(host.dataset.held);
    if (host.dataset.shown !== host.dataset.value) input.value = host.dataset.value || "";
    host.dataset.shown = host.dataset.value;
  }

  /** The mapping file: its name and a way without it, or a button to choose one. @param {HTMLElement} host */
  function mapping(host) {
    const { el } = quanyu.dom;
    const t = quanyu.words.t;
    const held = Boolean(host.dataset.held);
    const input = /** @type {HTMLInputElement} */ (el("input", "sr"));
    input.type = "file";
    input.accept = ".toml";
    input.id = "import-toml";
    input.disabled = held;
    input.addEventListener("change", async () => {
      const file = input.files?.[0];
      if (!file) return;
      if (file.size > MOST_TOML) return say(t("import.mapping_large"));
      ask("show", { toml: await file.text(), toml_name: file.name });
    });
    const pick = /** @type {HTMLLabelElement} */ (el("label", "btn sm", t("import.mapping_pick")));
    pick.htmlFor = input.id;
    if (!host.dataset.name) return host.replaceChildren(input, pick);
    const drop = /** @type {HTMLButtonElement} */ (el("button", "btn sm", t("import.mapping_drop")));
    drop.type = "button";
    drop.disabled = held;
    drop.addEventListener("click", () => ask("show", { toml: "", toml_name: "" }));
    host.replaceChildren(el("span", "ell grow", host.dataset.name), drop);
  }

  /** All that is chosen on the page now. @returns {Object<string, *>} */
  function choices() {
    const found = { ...(quanyu.imports.kept || {}) };
    for (const node of document.querySelectorAll("[data-option]")) found[node.dataset.option] = node.value;
    for (const node of document.querySelectorAll("[data-text]")) {
      found[node.dataset.text] = node.querySelector("input")?.value ?? "";
    }
    for (const node of document.querySelectorAll("[data-switch]")) {
      found[node.dataset.switch] = node.getAttribute("aria-checked") === "true";
    }
    const fields = document.querySelectorAll("select[data-field]");
    if (fields.length) {
      found.fields = Object.fromEntries(Array.from(fields, (node) => [node.dataset.field, node.value]));
    }
    return found;
  }

  /** Hands a wish to the server. @param {string} action @param {Object<string, *>} [other] choices to replace */
  function ask(action, other) {
    asked += 1;
    const data = { action, n: asked, choices: { ...choices(), ...other } };
    window.dash_clientside.set_props("import-ask", { data });
  }

  /** A sentence above the buttons. @param {string} text */
  function say(text) {
    const node = document.getElementById("import-message");
    if (node) quanyu.dom.text(node, text);
  }

  quanyu.importForm = { mount, ask };
})((globalThis.quanyu = globalThis.quanyu || {}));
