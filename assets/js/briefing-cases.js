/** The typical cases of a briefing: those picked by hand, and a search for more among the events of its region. */
(function (quanyu) {
  "use strict";

  const TYPING_MS = 300;
  const MOST = 10;
  const SHOWN = 6;
  const CODE = /^[^\s,]+$/;
  const el = (...given) => quanyu.dom.el(...given);
  /** @type {HTMLElement} */
  let box;
  let chosen;
  let found;
  let input;
  let hint;
  let typing = 0;
  let asked = new AbortController();

  /** @param {HTMLElement} node */
  function start(node) {
    const t = quanyu.words.t;
    box = node;
    hint = el("p", "t3");
    chosen = el("ul", "bf-cases");
    found = el("ul", "bf-cases bf-found");
    input = Object.assign(el("input"), { type: "search", maxLength: 200, placeholder: t("brief.case_find") });
    input.setAttribute("aria-label", input.placeholder);
    input.addEventListener("focus", () => !found.children.length && search());
    input.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(search, TYPING_MS);
    });
    box.append(hint, chosen, el("div", "find", input), found);
  }

  /** Events closed in the period and, where what is typed may be a code, the event of that code. */
  async function search() {
    clearTimeout(typing);
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    const { content, order } = quanyu.briefingState;
    const q = input.value.trim();
    if (!content) return;
    const listed = { region: order.region, state: "closed", from: content.start, to: content.end, sort: "severity-", limit: MOST + SHOWN };
    const questions = [{ ...listed, ...(q && { q }) }, ...(CODE.test(q) ? [{ codes: q }] : [])];
    try {
      const pages = await Promise.all(questions.map((one) => quanyu.eventRows.ask(one, signal, {})));
      const rows = new Map(pages.flatMap((page) => page.rows.map((row) => [row.code, row])));
      for (const code of order.cases) rows.delete(code);
      const lines = [...rows.values()].slice(0, SHOWN).map(candidate);
      found.replaceChildren(...(lines.length ? lines : [el("li", "t3", quanyu.words.t("brief.case_none"))]));
    } catch (error) {
      if (!signal.aborted) found.replaceChildren(el("li", "t3", error.message || quanyu.words.t("jobs.unreachable")));
    }
  }

  /** @param {Object} row an event as lists have it */
  function candidate(row) {
    const about = [row.category, row.region, row.text].filter(Boolean).join(" · ");
    const button = Object.assign(el("button", "bf-case", [el("b", "", row.code), el("span", "", about)]), { type: "button", title: about });
    button.addEventListener("click", () => {
      const { order, set } = quanyu.briefingState;
      found.replaceChildren();
      input.value = "";
      set({ cases: [...order.cases, row.code] });
      input.focus();
    });
    return el("li", "", button);
  }

  /** @param {string} code @param {?Map<string, string>} told what the draft says of each */
  function line(code, told) {
    const { t } = quanyu.words;
    const said = told && (told.get(code) ?? t("brief.case_outside"));
    const away = Object.assign(el("button", "bf-turner", "×"), { type: "button" });
    away.setAttribute("aria-label", t("brief.case_away", { code }));
    away.addEventListener("click", () => {
      const { order, set } = quanyu.briefingState;
      set({ cases: order.cases.filter((one) => one !== code) });
    });
    const words = el("span", "bf-case", [el("b", "", code), el("span", told && !told.has(code) ? "bad" : "", said || "")]);
    words.title = said || "";
    return el("li", "", [words, away]);
  }

  function show() {
    const { order, content, issued, text } = quanyu.briefingState;
    box.hidden = Boolean(issued) || !order.sections.includes("cases");
    if (box.hidden) return;
    const section = content?.sections.find((one) => one.key === "cases");
    const told = section ? new Map(section.sentences.map((one) => [one.key.slice("cases.".length), text(one)])) : null;
    quanyu.dom.text(hint, quanyu.words.t(order.cases.length ? "brief.cases_chosen" : "brief.cases_usual", { n: order.cases.length, most: MOST }));
    chosen.replaceChildren(...order.cases.map((code) => line(code, told)));
    input.parentElement.hidden = order.cases.length >= MOST;
  }

  quanyu.briefingCases = { start, show };
})((globalThis.quanyu = globalThis.quanyu || {}));
