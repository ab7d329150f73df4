/**
 * The table of events on the region page: rows by the address's question, sorted and searched on the server, changed in
 * place by news. What comes new waits behind a line above the rows until its reader asks for it.
 */
(function (quanyu) {
  "use strict";

  const HOST = "desk-table";
  const GRID = "event-table";
  const ORDER = "due";
  const TYPING_MS = 350;
  const TICK_S = 15;
  /** The order in which a list is cut off beyond what a table holds, by what it lists. */
  const CUT = { open: "due", closed: "closed", reported: "reported" };
  const SKELETON_MS = 300;
  const ASKING = new Set([
    "window", "from", "to", "source", "category", "stage", "severity", "department", "state", "late", "drawn", "q",
  ]);
  const FILTERS = ["source", "category", "stage", "severity", "department", "state", "late", "q"];

  let api = null;
  let config = { stages: {}, login: "", block: 0 };
  /** @type {?HTMLElement} */
  let host = null;
  let mounting = false;
  let listening = false;
  /** @type {?AbortController} */
  let asking = null;
  /** The first rows, asked for while the grid is still being made. @type {?{key: string, at: number, rows: Promise<Object>}} */
  let early = null;
  /** What is known of the rows: how many, since when, and which came since. */
  let known = { total: null, capped: false, listing: "open", read_ms: 0, fresh: new Set(), unsure: false };
  let reading = 0;

  /** From Dash, each time the server said more about the table. @param {?Object} given */
  function show(given) {
    if (!given) return;
    config = given;
    if (api || mounting || early) return;
    const asked = question(0, config.block, quanyu.desk.query().sort || ORDER);
    early = { key: JSON.stringify(asked), at: quanyu.clock.now(), rows: quanyu.eventRows.ask(asked, undefined, config.stages) };
    early.rows.catch(() => {}); // whoever takes it says so
    whenThere();
  }

  function whenThere() {
    host = document.getElementById(HOST);
    const ready = host && document.getElementById(GRID) && window.dash_ag_grid && quanyu.desk.region();
    if (!ready || quanyu.words.t("table.title") === "table.title") return void window.requestAnimationFrame(whenThere);
    mounting = true;
    window.dash_ag_grid.getApiAsync(GRID).then(mount);
  }

  /** The grid's wrapper brings a source of rows of its own when it is ready; ours comes after it. @param {Object} grid */
  function mount(grid) {
    if (!grid.getGridOption("datasource")) return void window.requestAnimationFrame(() => mount(grid));
    api = grid;
    quanyu.eventColumns.size(api);
    quanyu.eventColumns.follow(api, config.login);
    document.getElementById("event-table-head").replaceChildren(search(), quanyu.eventColumns.chooser(api));
    load();
    order();
    api.addEventListener("sortChanged", sorted);
    api.addEventListener("rowClicked", (event) => opened(event.data, event.event));
    api.addEventListener("cellKeyDown", (event) => event.event.key === "Enter" && opened(event.data, event.event));
    if (!listening) listen();
  }

  function listen() {
    listening = true;
    document.addEventListener("quanyu:view", (event) => {
      const { changed } = event.detail;
      if (changed.includes("sort")) order();
      if (changed.some((name) => ASKING.has(name))) load();
    });
    document.addEventListener("quanyu:events", (event) => news(event.detail));
    document.addEventListener("quanyu:counts", (event) => counted(event.detail));
    document.addEventListener("quanyu:lost", renew);
    document.addEventListener("quanyu:event", mark);
    let seconds = 0;
    quanyu.clock.onSecond(() => {
      seconds += 1;
      if (api && seconds % TICK_S === 0) api.refreshCells({ columns: ["due"], force: true });
    });
  }

  /** The order of the address, or the usual one. @returns {{key: string, down: boolean}} */
  function wanted() {
    const text = quanyu.desk.query().sort || ORDER;
    return { key: text.replace(/-$/, ""), down: text.endsWith("-") };
  }

  /** Which column the grid is sorted by. @returns {string} */
  function present() {
    const chosen = api.getColumnState().find((/** @type {Object} */ column) => column.sort);
    return chosen ? chosen.colId + (chosen.sort === "desc" ? "-" : "") : ORDER;
  }

  /** Sorts by the address; the grid asks for its rows anew where that is another order. */
  function order() {
    const { key, down } = wanted();
    paint();
    if (present() === key + (down ? "-" : "")) return;
    api.applyColumnState({ state: [{ colId: key, sort: down ? "desc" : "asc" }], defaultState: { sort: null } });
  }

  /** Somebody chose an order in a heading. */
  function sorted() {
    const text = present();
    const now = wanted();
    if (text !== now.key + (now.down ? "-" : "")) quanyu.desk.go({ sort: text === ORDER ? null : text });
  }

  /** Reads all anew: another question. The grid's cache is thrown away with its source. */
  function load() {
    asking?.abort();
    asking = new AbortController();
    const read_ms = early ? early.at : quanyu.clock.now();
    known = { total: null, capped: false, listing: "open", read_ms, fresh: new Set(), unsure: false };
    api.setGridOption("datasource", source(asking.signal));
    paint();
  }

  /** Reads what is shown again and keeps it on screen meanwhile. */
  function renew() {
    if (!api) return;
    known = { ...known, read_ms: quanyu.clock.now(), fresh: new Set(), unsure: false };
    api.refreshInfiniteCache();
    paint();
  }

  /** What the page asks about its events, for some rows. @param {number} from @param {number} count @param {string} sort */
  function question(from, count, sort) {
    const { event, layer, step, trend, rank, compare, on_time, sort: _, ...query } = quanyu.desk.query();
    return { ...query, region: quanyu.desk.region().code, sort, offset: String(from), limit: String(count) };
  }

  /** The grid's source of rows for the present question. @param {AbortSignal} signal */
  function source(signal) {
    return {
      getRows(asked) {
        const wanted = question(asked.startRow, asked.endRow - asked.startRow, present());
        const first = early && early.key === JSON.stringify(wanted) ? early.rows : null;
        early = null;
        busy(true);
        (first || quanyu.eventRows.ask(wanted, signal, config.stages)).then(
          (found) => {
            busy(false);
            if (signal.aborted) return;
            Object.assign(known, { total: found.total, capped: found.capped, listing: found.listing });
            asked.successCallback(found.rows, quanyu.eventRows.last(found));
            state("");
            paint();
            mark();
          },
          (error) => {
            busy(false);
            asked.failCallback();
            if (!signal.aborted) state("failed", error.message);
          },
        );
      },
    };
  }

  /** Grey lines only where an answer takes long. @param {boolean} on */
  function busy(on) {
    reading += on ? 1 : -1;
    if (on) setTimeout(() => reading > 0 && host.setAttribute("aria-busy", "true"), SKELETON_MS);
    else if (reading === 0) host.removeAttribute("aria-busy");
  }

  /** News of events: rows that are there change where they stand. @param {EventRecord[]} records */
  function news(records) {
    if (!api) return;
    const query = quanyu.desk.query();
    for (const record of records) {
      const node = api.getRowNode(record.code);
      if (node && node.data) {
        const next = quanyu.eventRows.changed(node.data, record, config.stages);
        if (next) node.setData(next);
      } else if (record.t >= known.read_ms) {
        const belongs = quanyu.desk.holds(record.r) ? quanyu.eventRows.belongs(record, query, config.categories) : false;
        if (belongs) known.fresh.add(record.code);
        else known.fresh.delete(record.code);
        if (belongs === null) known.unsure = true;
      }
    }
    paint();
  }

  /** Where nothing is filtered the total is the region's own counter. @param {Object<string, Counts>} counts */
  function counted(counts) {
    const open = counts[quanyu.desk.region().code]?.open;
    const query = quanyu.desk.query();
    if (open === undefined || known.total === null || known.capped || FILTERS.some((name) => query[name])) return;
    known.total = open;
    paint();
  }

  /** Heading, total and the line of news. */
  function paint() {
    const { t } = quanyu.words;
    const { dom, format } = quanyu;
    const { state: chosen = "open" } = quanyu.desk.query();
    dom.text(host.querySelector("h2"), t(chosen === "open" ? "table.title" : "table.title_all"));
    const { key, down } = wanted();
    const by = t(down ? "table.sorted_down" : "table.sorted_up", { name: t(`table.${key}`) });
    const many = known.capped ? t("table.many") : known.total === null ? "" : t("table.total", { n: format.count(known.total) });
    const cut = CUT[known.listing] || key;
    const order = known.capped && key !== cut ? t("table.within", { name: t(`table.${cut}`), by }) : by;
    dom.text(host.querySelector(".sub"), [many, order].filter(Boolean).join(" · "));
    dom.attr(host.querySelector(".sub"), "title", order);
    if (known.total === 0) state("none");
    const bar = host.querySelector(".evt-news");
    const count = known.fresh.size;
    if (!count && !known.unsure) return bar.replaceChildren();
    const button = bar.firstElementChild || bar.appendChild(dom.el("button", "btn sm"));
    button.type = "button";
    button.onclick = () => {
      api.ensureIndexVisible(0, "top");
      renew();
    };
    dom.text(button, count && !known.unsure ? t("table.news", { n: count }) : t("table.news_some"));
  }

  /** What stands in place of rows. @param {""|"none"|"failed"} kind @param {string} [sentence] */
  function state(kind, sentence) {
    const place = host.querySelector(".evt-state");
    const { el } = quanyu.dom;
    const { t } = quanyu.words;
    if (!kind) return place.replaceChildren();
    const button = el("button", "btn", t(kind === "none" ? "table.clear" : "table.retry"));
    button.type = "button";
    const filtered = FILTERS.some((name) => quanyu.desk.query()[name]);
    button.onclick = () => (kind === "none" ? quanyu.desk.go(Object.fromEntries(FILTERS.map((name) => [name, null]))) : load());
    const lines = [el("p", "", t(`table.${kind}`))];
    if (sentence) lines.push(el("p", "t3", sentence));
    if (kind === "failed" || filtered) lines.push(button);
    place.replaceChildren(...lines);
  }

  /** @returns {HTMLElement} */
  function search() {
    const input = quanyu.dom.el("input", "evt-q");
    input.type = "search";
    input.maxLength = 200;
    input.value = quanyu.desk.query().q || "";
    input.placeholder = quanyu.words.t("table.search");
    input.setAttribute("aria-label", input.placeholder);
    let timer = 0;
    const ask = () => {
      clearTimeout(timer);
      quanyu.desk.go({ q: input.value.trim() || null }, undefined, { replace: true });
    };
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, TYPING_MS);
    });
    input.addEventListener("change", ask);
    document.addEventListener("quanyu:view", (event) => {
      if (event.detail.changed.includes("q") && document.activeElement !== input) input.value = event.detail.query.q || "";
    });
    return input;
  }

  /** @param {?Object} data @param {Event} event */
  function opened(data, event) {
    if (!data || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    quanyu.eventDrawer.open(data.code);
  }

  /** The row whose event lies open is marked. */
  function mark() {
    if (!api) return;
    const code = quanyu.eventDrawer.code();
    api.forEachNode((/** @type {Object} */ node) => {
      if (node.data && node.isSelected() !== (node.data.code === code)) node.setSelected(node.data.code === code);
    });
  }

  quanyu.eventTable = { show, renew };
})((globalThis.quanyu = globalThis.quanyu || {}));
