/** What is asked of a briefing and what it says: kept in the address, read when the question changes. Owns no nodes. */
(function (quanyu) {
  "use strict";

  /**
   * @typedef {{region: string, cadence: string, day: string, lang: string, sections: string[], versus: string[],
   *   cases: string[], masked: boolean, texts: Object<string, string>}} Order
   */

  const API = "/api/v1/briefings";
  const KEPT = "quanyu.briefing";
  const ASKING = ["region", "cadence", "day", "lang", "versus", "cases", "masked"];
  /** @type {Order} */
  let order;
  let all = [];
  let usual = {};
  /** @type {?Object} the briefing as the server tells it, with every section */
  let content = null;
  /** @type {?Object} what was issued, where an issued one is shown */
  let issued = null;
  let failure = "";
  let asked = 0;
  let at = 0;
  const listeners = new Set();

  /** @param {{today: string, regions: string[][], sections: string[]}} config */
  function start(config) {
    all = config.sections;
    const last = new Date(`${config.today}T00:00:00Z`);
    last.setUTCDate(last.getUTCDate() - 7);
    usual = {
      region: config.regions[0][0], cadence: "weekly", day: last.toISOString().slice(0, 10), lang: quanyu.words.lang,
      sections: all.filter((key) => key !== "cases"), versus: ["before", "last_year"], cases: [], masked: true, texts: {},
    };
    order = { ...usual, ...kept(), ...fromAddress() };
    order.texts = written();
    const number = new URLSearchParams(location.search).get("issued");
    if (number) open(number);
    else read();
  }

  /** Sections and comparison that were kept as a template. */
  function kept() {
    try {
      const found = JSON.parse(localStorage.getItem(KEPT) || "{}");
      const sections = (found.sections || []).filter((key) => all.includes(key));
      return { ...(sections.length && { sections }), ...(found.versus?.length && { versus: found.versus }) };
    } catch {
      return {};
    }
  }

  /** Where this tab keeps the changed sentences of a draft. */
  const desk = () => [KEPT, order.region, order.cadence, order.day, order.lang].join(" ");

  /** The changed sentences of the draft, as this tab kept them. @returns {Object<string, string>} */
  function written() {
    try {
      return JSON.parse(sessionStorage.getItem(desk()) || "{}");
    } catch {
      return {};
    }
  }

  /** Keeps them for the next time. */
  function keep() {
    localStorage.setItem(KEPT, JSON.stringify({ sections: order.sections, versus: order.versus }));
  }

  function fromAddress() {
    const query = new URLSearchParams(location.search);
    const found = {};
    for (const name of ["region", "cadence", "day", "lang"]) if (query.get(name)) found[name] = query.get(name);
    for (const name of ["sections", "versus", "cases"]) if (query.has(name)) found[name] = query.get(name).split(",").filter(Boolean);
    if (query.has("masked")) found.masked = query.get("masked") !== "0";
    if (found.sections) found.sections = found.sections.filter((key) => all.includes(key));
    return found;
  }

  function toAddress() {
    const query = new URLSearchParams();
    if (issued) query.set("issued", String(issued.id));
    else {
      for (const name of ["region", "cadence", "day", "lang"]) query.set(name, order[name]);
      for (const name of ["versus", "sections"]) query.set(name, order[name].join(","));
      if (order.cases.length) query.set("cases", order.cases.join(","));
      if (!order.masked) query.set("masked", "0");
    }
    history.replaceState(history.state, "", `${location.pathname}?${query}`);
  }

  /** Changes the question; reads anew where the numbers depend on it. @param {Partial<Order>} change */
  function set(change) {
    const other = ASKING.some((name) => name in change && JSON.stringify(change[name]) !== JSON.stringify(order[name]));
    order = { ...order, ...change };
    if (other) {
      order.texts = written();
      issued = null;
      return read();
    }
    tell();
  }

  /** Reads the draft, with every section: which of them are taken changes no number. */
  async function read() {
    const mine = ++asked;
    failure = "";
    content = null;
    tell();
    const answer = await ask(`${API}/draft`, { ...order, sections: all, texts: {} });
    if (mine !== asked) return;
    content = answer.sentence ? null : answer;
    failure = answer.sentence || "";
    tell();
  }

  /** Shows an issued one. @param {number|string} id */
  async function open(id) {
    const mine = ++asked;
    content = null;
    tell();
    const answer = await ask(`${API}/${id}`);
    if (mine !== asked) return;
    failure = answer.sentence || "";
    if (!answer.sentence) {
      issued = answer.issued;
      content = answer.briefing;
      order = { ...order, region: content.region, cadence: content.cadence, day: localDay(content), lang: content.lang, sections: content.sections.map((one) => one.key), cases: [], texts: {} };
    }
    tell();
  }

  /** The first local day of a briefing's period. @param {{start: string, zone: string}} one */
  function localDay(one) {
    return new Intl.DateTimeFormat("en-CA", { timeZone: one.zone }).format(Date.parse(one.start));
  }

  /** Freezes what is shown. @returns {Promise<Object>} what was issued, or a sentence */
  async function issue() {
    const answer = await ask(API, order);
    if (answer.sentence) return answer;
    sessionStorage.removeItem(desk());
    await open(answer.id);
    return answer;
  }

  /** Back from an issued one to a draft of the same period. */
  function unfreeze() {
    issued = null;
    order = { ...order, sections: order.sections.length ? order.sections : usual.sections };
    read();
  }

  /** Those that were issued, the newest first. @returns {Promise<Object[]>} */
  async function past() {
    const answer = await ask(`${API}?region=${encodeURIComponent(order.region)}`);
    return answer.briefings || [];
  }

  /** @param {string} address @param {Object} [body] @returns {Promise<Object>} */
  async function ask(address, body) {
    const init = { headers: { Accept: "application/json" } };
    if (body) Object.assign(init, { method: "POST", body: JSON.stringify(body), headers: { ...init.headers, "Content-Type": "application/json" } });
    try {
      const answer = await fetch(`${address}${address.includes("?") ? "&" : "?"}lang=${quanyu.words.lang}`, init);
      const said = await answer.json();
      return answer.ok ? said : { sentence: said.error?.message || quanyu.words.t("jobs.unreachable") };
    } catch {
      return { sentence: quanyu.words.t("jobs.unreachable") };
    }
  }

  /** Changes one sentence; the draft's own words take the change back. @param {string} key @param {?string} text */
  function edit(key, text) {
    const texts = { ...order.texts };
    if (text === null) delete texts[key];
    else texts[key] = text;
    sessionStorage.setItem(desk(), JSON.stringify(texts));
    set({ texts });
  }

  /** The chosen sections in their order, each as the server tells it. @returns {Object[]} */
  function sections() {
    if (!content) return [];
    const held = new Map(content.sections.map((one) => [one.key, one]));
    return (issued ? [...held.keys()] : order.sections).map((key) => held.get(key)).filter(Boolean);
  }

  /** A sentence as it is printed. @param {{key: string, parts: Array, edited: ?string}} one */
  function text(one) {
    return order.texts[one.key] ?? one.edited ?? drafted(one);
  }

  /** @param {{parts: Array<string|{text: string}>}} one */
  function drafted(one) {
    return one.parts.map((part) => (typeof part === "string" ? part : part.text)).join("");
  }

  /** What files are made from. */
  const question = () => (issued ? { issued: issued.id } : { order });

  function tell() {
    at = Math.max(0, Math.min(at, sections().length - 1));
    if (order) toAddress();
    for (const listener of listeners) listener();
  }

  quanyu.briefingState = {
    start, set, read, open, issue, unfreeze, past, edit, keep, sections, text, drafted, question,
    onChange: (listener) => listeners.add(listener),
    /** Looks at another section. @param {number} n */
    look(n) {
      at = n;
      tell();
    },
    get order() { return order; },
    get content() { return content; },
    get issued() { return issued; },
    get failure() { return failure; },
    get all() { return all; },
    get at() { return at; },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
