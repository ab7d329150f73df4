/** Files that are being made or are ready, as rows: what each is, how far it is, and what can be done with it. */
(function (quanyu) {
  "use strict";

  const ENDING = /\.[A-Za-z]{3,7}$/;
  const GLYPHS = { queued: "off", running: "", done: "ok", failed: "bad", cancelled: "off" };

  /** Shows files in a list, in place. @param {HTMLElement} list @param {Object[]} jobs */
  function show(list, jobs) {
    const held = new Map(Array.from(list.children, (node) => [Number(node.dataset.job), node]));
    const nodes = jobs.map((job) => paint(held.get(job.id) || row(job.id), job));
    if (nodes.length !== list.children.length || nodes.some((node, at) => list.children[at] !== node)) list.replaceChildren(...nodes);
  }

  /** @param {number} id @returns {HTMLElement} */
  function row(id) {
    const { el } = quanyu.dom;
    const node = el("li", "jb", [
      el("span", "jb-form"),
      el("div", "jb-what", [el("div", "jb-name", [el("b", "ell")]), el("div", "jb-bar", el("i")), el("div", "jb-said", [el("i"), el("span", "ell"), el("span", "num jb-share")])]),
      el("span", "jb-acts"),
    ]);
    node.dataset.job = String(id);
    return node;
  }

  /** @param {HTMLElement} node @param {Object} job */
  function paint(node, job) {
    const { dom, words, jobs } = quanyu;
    const running = job.state === "running";
    const share = job.state === "done" ? 1 : job.total ? Math.min(1, job.done / job.total) : 0;
    dom.cls(node, `jb ${job.state}`);
    dom.text(node.querySelector(".jb-form"), form(job));
    dom.text(node.querySelector(".jb-name b"), job.title.replace(ENDING, ""));
    dom.attr(node.querySelector(".jb-name b"), "title", job.file_name || job.title);
    dom.style(node.querySelector(".jb-bar i"), "width", `${share * 100}%`);
    const [glyph, said, percent] = node.querySelector(".jb-said").children;
    dom.cls(glyph, GLYPHS[job.state] ? `st ${GLYPHS[job.state]}` : "");
    dom.text(said, job.cancelling ? words.t("jobs.cancelling") : sentence(job));
    dom.attr(said, "title", sentence(job));
    dom.text(percent, running && job.total ? `${Math.floor(share * 100)}%` : "");
    const state = `${job.state}${job.cancelling}`;
    if (node.dataset.state !== state) {
      node.dataset.state = state;
      node.querySelector(".jb-acts").replaceChildren(...acts(job, jobs));
    }
    return node;
  }

  /** The form of a file in capitals: PPTX. @param {Object} job */
  function form(job) {
    const ending = ENDING.exec(job.file_name || job.title);
    return ending ? ending[0].slice(1).toUpperCase() : "…";
  }

  /** @param {Object} job */
  function sentence(job) {
    const { words, format } = quanyu;
    if (job.state === "done") return [size(job.size_bytes), time(job.ended_at)].filter(Boolean).join(" · ");
    if (job.state === "failed") return job.error + (job.rows ? words.t("jobs.so_far", { n: format.count(job.rows) }) : "");
    if (job.state === "running" && job.note) return job.note;
    return words.t(`jobs.${job.state}`);
  }

  /** @param {?number} bytes @returns {string} */
  function size(bytes) {
    if (bytes === null) return "";
    return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
  }

  /** @param {?string} iso @returns {string} */
  function time(iso) {
    if (!iso) return "";
    const at = Date.parse(iso);
    const { year, month, day } = quanyu.clock.local(at);
    const now = quanyu.clock.local(quanyu.clock.now());
    const same = now.year === year && now.month === month && now.day === day;
    return same ? quanyu.clock.time(at) : `${month}-${day} ${quanyu.clock.time(at).slice(0, 5)}`;
  }

  /** @param {Object} job @param {Object} jobs */
  function acts(job, jobs) {
    const { el } = quanyu.dom;
    const t = quanyu.words.t;
    if (job.state === "done") {
      const link = el("a", "btn sm", t("jobs.fetch"));
      Object.assign(link, { href: jobs.file(job.id), download: "" });
      return [link, press("jb-x", "×", t("jobs.discard"), () => jobs.discard(job.id))];
    }
    if (jobs.moving(job)) return job.cancelling ? [] : [press("btn ghost sm", t("jobs.cancel"), "", () => jobs.cancel(job.id))];
    return [press("btn sm", t("jobs.repeat"), "", () => jobs.repeat(job.id)), press("jb-x", "×", t("jobs.discard"), () => jobs.discard(job.id))];
  }

  /** @param {string} name @param {string} text @param {string} label @param {function(): void} act */
  function press(name, text, label, act) {
    const button = quanyu.dom.el("button", name, text);
    button.type = "button";
    if (label) button.setAttribute("aria-label", label);
    button.addEventListener("click", async () => {
      button.disabled = true;
      const said = await act();
      if (said?.sentence) quanyu.notice.say(said.sentence);
      button.disabled = false;
    });
    return button;
  }

  quanyu.jobRows = { show };
})((globalThis.quanyu = globalThis.quanyu || {}));
