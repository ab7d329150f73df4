/** The viewer's files that are made in the background: asks for one, follows those that move, stops and fetches. */
(function (quanyu) {
  "use strict";

  /**
   * @typedef {{id: number, kind: string, title: string, state: string, cancelling: boolean, done: number,
   *   total: ?number, note: string, file_name: ?string, size_bytes: ?number, rows: ?number, error: ?string,
   *   created_at: string, ended_at: ?string}} Job
   */

  const ADDRESS = "/exports";
  const AGAIN_MS = 3000;
  const MOVING = new Set(["queued", "running"]);
  /** @type {Job[]} */
  let jobs = [];
  /** @type {Set<function(Job[]): void>} */
  const listeners = new Set();
  /** @type {?EventSource} */
  let source = null;
  let again = 0;

  /** Calls back with the files now and whenever something of them changes. @param {function(Job[]): void} listener */
  function follow(listener) {
    listeners.add(listener);
    return look();
  }

  /** Reads the list once and follows it while something moves. @returns {Promise<void>} */
  async function look() {
    try {
      const answer = await fetch(spoken(ADDRESS), { headers: { Accept: "application/json" } });
      if (answer.ok) tell((await answer.json()).jobs);
    } catch {
      later();
    }
  }

  /** @param {Job[]} found */
  function tell(found) {
    jobs = found;
    for (const listener of listeners) listener(jobs);
    if (jobs.some((job) => MOVING.has(job.state))) open();
    else stop();
  }

  function open() {
    if (source) return;
    clearTimeout(again);
    source = new EventSource(spoken(`${ADDRESS}/progress`));
    source.addEventListener("files", (event) => tell(JSON.parse(event.data).jobs));
    source.onerror = () => {
      stop();
      later();
    };
  }

  function later() {
    clearTimeout(again);
    again = window.setTimeout(look, AGAIN_MS);
  }

  /** Lets go of the connection: a browser has six for each host. */
  function stop() {
    source?.close();
    source = null;
  }

  /**
   * Asks for a file. @param {string} kind @param {Object} question
   * @returns {Promise<{id?: number, sentence?: string}>} its number, or why there is none
   */
  async function start(kind, question) {
    const made = await send(ADDRESS, "POST", { kind, question });
    look();
    return made;
  }

  /** @param {number} id */
  const cancel = (id) => send(`${ADDRESS}/${id}/cancel`, "POST").then(looked);
  /** @param {number} id */
  const repeat = (id) => send(`${ADDRESS}/${id}/repeat`, "POST").then(looked);
  /** @param {number} id */
  const discard = (id) => send(`${ADDRESS}/${id}`, "DELETE").then(looked);
  /** Where a file is fetched. @param {number} id @returns {string} */
  const file = (id) => `${ADDRESS}/${id}/file`;

  /** An address that answers in the page's language. @param {string} address */
  const spoken = (address) => `${address}?lang=${quanyu.words.lang}`;

  /** @param {Object} answer */
  function looked(answer) {
    look();
    return answer;
  }

  /** @param {string} address @param {string} method @param {Object} [body] @returns {Promise<Object>} */
  async function send(address, method, body) {
    const init = { method, headers: { Accept: "application/json" } };
    if (body) Object.assign(init, { body: JSON.stringify(body), headers: { ...init.headers, "Content-Type": "application/json" } });
    try {
      const answer = await fetch(spoken(address), init);
      const said = answer.status === 204 ? {} : await answer.json();
      return answer.ok ? said : { sentence: said.error?.message || quanyu.words.t("jobs.unreachable") };
    } catch {
      return { sentence: quanyu.words.t("jobs.unreachable") };
    }
  }

  window.addEventListener("pagehide", stop);
  quanyu.jobs = { follow, start, cancel, repeat, discard, file, moving: (job) => MOVING.has(job.state), get list() { return jobs; } };
})((globalThis.quanyu = globalThis.quanyu || {}));
