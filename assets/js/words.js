/** Words of the page in the chosen language. Owns the choice and the catalogues it was handed. */
(function (quanyu) {
  "use strict";

  /** @type {{zh: Object<string,string>, en: Object<string,string>}} */
  let catalogues = { zh: {}, en: {} };
  /** @type {"zh"|"en"} */
  let lang = "zh";
  const listeners = new Set();
  const YEAR_S = 31536000;

  /** Takes both catalogues and the first language. @param {Object} both @param {string} first */
  function open(both, first) {
    catalogues = both;
    lang = first === "en" ? "en" : "zh";
    mark();
  }

  /**
   * The text of a key; `{name}` places are filled.
   * @param {string} key @param {Object<string, string|number>} [values] @returns {string}
   */
  function t(key, values) {
    const pattern = catalogues[lang][key];
    if (pattern === undefined) return key;
    return values ? pattern.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? "")) : pattern;
  }

  /** A name in the chosen language; the Chinese one where there is no other. @param {string} zh @param {?string} en */
  function name(zh, en) {
    return lang === "en" ? en || zh : zh || en || "";
  }

  /** Chooses a language, keeps the choice, and tells the page. @param {"zh"|"en"} wanted */
  function choose(wanted) {
    lang = wanted;
    document.cookie = `lang=${wanted}; path=/; max-age=${YEAR_S}; SameSite=Lax`;
    mark();
    for (const node of document.querySelectorAll("[data-t]")) quanyu.dom.text(node, t(node.dataset.t));
    for (const node of document.querySelectorAll("[data-label]")) {
      quanyu.dom.attr(node, "aria-label", t(node.dataset.label));
    }
    for (const listener of listeners) listener();
  }

  function mark() {
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    document.documentElement.dataset.lang = lang;
  }

  quanyu.words = {
    open,
    t,
    name,
    choose,
    /** @param {function(): void} listener */
    onChange: (listener) => listeners.add(listener),
    get lang() {
      return lang;
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
