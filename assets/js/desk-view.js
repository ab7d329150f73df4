/**
 * The view of a desk page: the parameters of its address. Owns changing them on the spot, the stores that tell the
 * server, and the switches of the page: any button with `data-field` and `data-value` sets or toggles a parameter.
 */
(function (quanyu) {
  "use strict";

  /** Parameters with one value at most; others hold a list. */
  const SINGLE = new Set([
    "window", "from", "to", "late", "drawn", "on_time", "compare", "step", "trend", "rank", "layer", "sort", "q", "event",
  ]);
  const QUESTION = [
    "window", "from", "to", "source", "category", "stage", "severity", "department", "state", "late", "drawn", "on_time", "compare",
  ];
  /** What is so without being written. */
  const USUAL = { window: "today", on_time: "due", drawn: "then", trend: "rates", layer: "open" };

  /** What the server chose where the address says nothing. @type {Object<string, string>} */
  let settings = {};

  /** @type {?{code: string, level: string, street: string, codes: ?string[], root: string}} */
  let place = null;
  /** @type {Set<string>} */
  let below = new Set();
  /** @type {Object<string, string>} */
  let query = {};

  /** The parameters of an address. @param {string} search @returns {Object<string, string>} */
  function read(search) {
    return Object.fromEntries([...new URLSearchParams(search)].filter(([, value]) => value !== ""));
  }

  /** "?a=b", commas left readable; "" without parameters. @param {Object<string, string>} values */
  function write(values) {
    const text = new URLSearchParams(values).toString().replace(/%2C/g, ",");
    return text ? `?${text}` : "";
  }

  /** @param {Object<string, ?string>} changes null removes @returns {Object<string, string>} */
  function merged(changes) {
    const next = { ...query };
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === "" || value === USUAL[name]) delete next[name];
      else next[name] = String(value);
    }
    if ("window" in changes) for (const name of ["from", "to"]) if (!(name in changes)) delete next[name];
    if (changes.from || changes.to) delete next.window;
    return next;
  }

  /**
   * Changes parameters on the spot, or loads another region with the same question.
   * @param {Object<string, ?string>} changes null removes
   * @param {string} [code] the region to go to
   * @param {{replace?: boolean}} [how] replace: no new entry of the history
   */
  function go(changes, code, how) {
    const next = merged(changes);
    if (code !== undefined && place && code !== place.code) {
      delete next.event;
      delete next.rank;
      location.assign(`/region/${encodeURIComponent(code)}${write(next)}`);
      return;
    }
    const search = write(next);
    if (search === write(query)) return;
    history[how && how.replace ? "replaceState" : "pushState"](history.state, "", location.pathname + search + location.hash);
    follow();
  }

  /** Takes what the address says now; tells stores and listeners what changed. */
  function follow() {
    const before = query;
    query = read(location.search);
    const names = new Set([...Object.keys(before), ...Object.keys(query)]);
    const changed = [...names].filter((name) => before[name] !== query[name]);
    if (!changed.length) return;
    if (changed.some((name) => QUESTION.includes(name))) set("desk-view", { region: place.code, query: question() });
    if (changed.includes("layer")) set("desk-layer", query.layer || "");
    if (changed.includes("step") || changed.includes("trend")) set("desk-step", { step: query.step || "", trend: query.trend || "" });
    if (changed.includes("rank")) set("desk-rank", query.rank || "");
    paint();
    document.dispatchEvent(new CustomEvent("quanyu:view", { detail: { query: { ...query }, changed } }));
  }

  function question() {
    return Object.fromEntries(QUESTION.filter((name) => name in query).map((name) => [name, query[name]]));
  }

  /** @param {string} id @param {*} data */
  function set(id, data) {
    if (document.getElementById(id) || quanyu.desk.region()) globalThis.dash_clientside.set_props(id, { data });
  }

  /** Values of a parameter, the usual one where none is written. @param {string} name @returns {string[]} */
  function values(name) {
    if (name === "window" && (query.from || query.to)) return ["custom"];
    const text = query[name] ?? USUAL[name] ?? settings[name] ?? "";
    return SINGLE.has(name) ? [text] : text.split(",").filter(Boolean);
  }

  /** A switch was used. @param {string} field @param {string} value */
  function toggle(field, value) {
    if (SINGLE.has(field)) return go({ [field]: field === "late" && query.late ? null : value || null });
    if (!value) return go({ [field]: null });
    const chosen = new Set(values(field));
    if (!chosen.delete(value)) chosen.add(value);
    go({ [field]: [...chosen].sort().join(",") || null });
  }

  /** Where another region lies, under the same question. @param {string} code */
  function address(code) {
    return `/region/${encodeURIComponent(code)}${write(merged({ event: null, rank: null, sort: null, q: null }))}`;
  }

  /** Marks the switches that are on. */
  function paint() {
    for (const node of document.querySelectorAll("[data-field]")) {
      const { field, value } = node.dataset;
      if (SINGLE.has(field) && field !== "late" && !values(field)[0]) continue;
      const on = value ? values(field).includes(value) : values(field).join("") === "";
      const how = node.getAttribute("role")?.startsWith("menuitem") ? "aria-checked" : "aria-pressed";
      quanyu.dom.attr(node, how, on ? "true" : "false");
    }
    for (const node of document.querySelectorAll("a[data-region]")) {
      quanyu.dom.attr(node, "href", address(node.dataset.region));
    }
    quanyu.deskMenus?.paint(values);
  }

  /** @param {{code: string, level: string, street: string, codes: ?string[], root: string}} given */
  function start(given) {
    place = given;
    below = new Set(given.codes || []);
    query = read(location.search);
    document.addEventListener("click", (event) => {
      const node = event.target.closest?.("[data-field]");
      if (node && !node.disabled) toggle(node.dataset.field, node.dataset.value || "");
    });
    addEventListener("popstate", follow);
    let asked = false;
    new MutationObserver((records) => {
      if (asked || !records.some((record) => record.addedNodes.length)) return;
      asked = true;
      requestAnimationFrame(() => {
        asked = false;
        paint();
      });
    }).observe(document.getElementById("page") || document.body, { childList: true, subtree: true });
    paint();
  }

  quanyu.desk = Object.assign(quanyu.desk || {}, {
    go, values,
    view: { start, merged, write, read, paint, address },
    /** Takes what the server chose. @param {Object<string, string>} chosen */
    settled(chosen) {
      settings = { ...settings, ...chosen };
      paint();
    },
    settings: () => settings,
    query: () => ({ ...query }),
    region: () => place,
    /** Whether a region is that of the page or lies below it. @param {string} code */
    holds: (code) => !!place && (place.codes === null || below.has(code)),
  });
})((globalThis.quanyu = globalThis.quanyu || {}));
