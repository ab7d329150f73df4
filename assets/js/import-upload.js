/** Bringing a file: the drop zone, the bytes on their way, and the page of the new import. */
(function (quanyu) {
  "use strict";

  const MB = 1000000;
  const ENDINGS = /\.(csv|tsv|txt|geojson|json|zip|gpkg|xlsx)(\.gz)?$/i;

  /** Builds the drop zone once. @param {HTMLElement} host its place; `data-limit` is the most bytes */
  function mount(host) {
    if (host.dataset.ready) return;
    host.dataset.ready = "1";
    const { el } = quanyu.dom;
    const t = quanyu.words.t;
    const input = /** @type {HTMLInputElement} */ (el("input", "sr"));
    input.type = "file";
    input.id = "import-file";
    input.setAttribute("aria-label", host.getAttribute("aria-label"));
    const words = el("span", "dw", t("import.drop"));
    const bar = el("div", "bar", el("i"));
    bar.hidden = true;
    const label = el("label", "dz", [words, bar]);
    label.htmlFor = input.id;
    host.replaceChildren(input, label);

    const say = (/** @type {string} */ text, bad = false) => {
      quanyu.dom.text(words, text);
      quanyu.dom.cls(host, bad ? "drop bad" : "drop");
      host.setAttribute("role", bad ? "alert" : "status");
    };
    const begin = (/** @type {File|undefined} */ file) => {
      input.value = "";
      if (!file || host.dataset.busy) return;
      const wrong = refusal(file, Number(host.dataset.limit));
      if (wrong) return say(wrong, true);
      send(host, file, bar, say);
    };
    input.addEventListener("change", () => begin(input.files?.[0]));
    for (const name of ["dragenter", "dragover"]) {
      host.addEventListener(name, (event) => {
        event.preventDefault();
        host.dataset.over = "1";
      });
    }
    host.addEventListener("dragleave", () => delete host.dataset.over);
    host.addEventListener("drop", (event) => {
      event.preventDefault();
      delete host.dataset.over;
      begin(event.dataTransfer?.files[0]);
    });
  }

  /** Why a file cannot be brought, or "". @param {File} file @param {number} limit bytes @returns {string} */
  function refusal(file, limit) {
    const t = quanyu.words.t;
    if (!ENDINGS.test(file.name)) return t("import.wrong_format", { name: file.name });
    return file.size > limit ? t("import.too_large", { n: Math.floor(limit / MB) }) : "";
  }

  /**
   * Sends a file as it is and goes to its page.
   * @param {HTMLElement} host @param {File} file @param {HTMLElement} bar
   * @param {function(string, boolean=): void} say
   */
  function send(host, file, bar, say) {
    const t = quanyu.words.t;
    const kind = /** @type {HTMLSelectElement} */ (document.getElementById("import-kind")).value;
    const request = new XMLHttpRequest();
    request.open("POST", "/admin/imports?" + new URLSearchParams({ kind, name: file.name }));
    request.responseType = "json";
    host.dataset.busy = "1";
    bar.hidden = false;
    const part = (/** @type {number} */ share) => {
      bar.firstElementChild.style.width = `${share * 100}%`;
      say(share < 1 ? t("import.sending", { n: Math.floor(share * 100) }) : t("import.received"));
    };
    part(0);
    const fail = (/** @type {string} */ text) => {
      delete host.dataset.busy;
      bar.hidden = true;
      say(text, true);
    };
    request.upload.onprogress = (event) => event.lengthComputable && part(event.loaded / event.total);
    request.onerror = request.onabort = () => fail(t("import.broken"));
    request.onload = () => {
      const answer = request.response;
      if (request.status === 201) location.assign(`/admin/import/${answer.id}`);
      else fail(answer?.error?.message || t("import.broken"));
    };
    request.send(file);
  }

  quanyu.importUpload = { mount };
})((globalThis.quanyu = globalThis.quanyu || {}));
