/**
 * Rows of the table of events: asks the server for them, and changes those that are there as news comes.
 * Owns no page; the table hands it what is asked and draws what it gives.
 */
(function (quanyu) {
  "use strict";

  const MOST = 10000;
  const ms = (/** @type {?string} */ text) => (text ? Date.parse(text) : null);

  /** Endings of names that say no more than the column's head does. */
  const ENDINGS = /(社区|村|网格)$/;

  /** A region with the one that it lies in, as the list of workers writes it. @param {Object} event @returns {string} */
  function place(event) {
    const short = (name) => name.replace(ENDINGS, "").trim() || name;
    const [above, own] = [short(event.parent_name || ""), short(event.region_name)];
    return above ? `${above} ${own.replace(/^grid /, "")}` : own;
  }

  /**
   * A row of the interface as the table keeps it.
   * @param {Object} event @param {Object<string, string>} stages names by key @returns {Object}
   */
  function row(event, stages) {
    return {
      code: event.code, v: event.version, state: event.duplicate ? "void" : event.state,
      stage_key: event.stage, stage: stages[event.stage] || event.stage_name,
      due: ms(event.due_at), warn: ms(event.warn_at), closed: ms(event.closed_at),
      reported_ms: ms(event.reported_at), closed_ms: ms(event.closed_at),
      text: event.text || event.address || "", category: event.category,
      region: place(event), region_code: event.region,
      department: event.department || "", severity: event.severity, source: event.source,
    };
  }

  /**
   * Rows from `offset` on.
   * @param {Object<string, string>} query @param {AbortSignal} signal @param {Object<string, string>} stages
   * @returns {Promise<{rows: Object[], total: number, capped: boolean, listing: string}>} rejects with the server's sentence
   */
  async function ask(query, signal, stages) {
    const address = `/api/v1/events?${new URLSearchParams({ ...query, lang: quanyu.words.lang })}`;
    const answer = await fetch(address, { signal, cache: "no-store" });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(body.error?.message || "");
    return { rows: body.events.map((one) => row(one, stages)), total: body.total, capped: Boolean(body.capped), listing: body.listing };
  }

  /** How many rows can be scrolled to. @param {{total: number, capped: boolean}} found */
  function last(found) {
    return found.capped ? MOST : found.total;
  }

  /**
   * A row after news of it, or null where it stays as it is. Names that the news does not hold stay.
   * @param {Object} known @param {EventRecord} record @param {Object<string, string>} stages names by key
   */
  function changed(known, record, stages) {
    if (record.v < known.v) return null;
    const gone = record.why === "gone";
    return {
      ...known, v: record.v, state: gone ? "void" : record.state, stage_key: record.stage,
      stage: stages[record.stage] || (record.stage === known.stage_key ? known.stage : record.stage),
      due: record.due, warn: record.warn, closed: record.closed, closed_ms: record.closed, severity: record.sev,
    };
  }

  /**
   * Whether a new event may belong to the rows that are shown: true, false, or null where only the server knows.
   * @param {EventRecord} record @param {Object<string, string>} query @param {?Object<string, boolean>} categories
   */
  function belongs(record, query, categories) {
    const among = (/** @type {string} */ name, /** @type {*} */ value) =>
      !query[name] || query[name].split(",").includes(String(value));
    const state = record.state === "open" ? !query.state || among("state", "open") : among("state", record.state) && Boolean(query.state);
    if (!state || !among("source", record.src) || !among("stage", record.stage) || !among("severity", record.sev)) return false;
    if (query.late && !record.late) return false;
    if (query.category && categories && !categories[record.cat]) return false;
    return query.department || query.q ? null : true;
  }

  quanyu.eventRows = { ask, row, last, changed, belongs };
})((globalThis.quanyu = globalThis.quanyu || {}));
