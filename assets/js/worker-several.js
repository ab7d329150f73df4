/** Several workers on one map: who they are, by their colours, and what each day came to. */
(function (quanyu) {
  "use strict";

  /**
   * @param {HTMLElement} node @param {Object[]} answers @param {Set<string>} hidden codes
   * @param {{hues: string[], day: string, more: boolean, onToggle: function(string): void, onPerson: function(string): void}} about
   */
  function paint(node, answers, hidden, about) {
    const { el, style } = quanyu.dom;
    const { t } = quanyu.words;
    const rows = answers.map((answer, i) => {
      const { code, region } = answer.worker;
      const name = answer.worker.name || code;
      const off = hidden.has(code);
      const swatch = el("i", "wk-hue");
      style(swatch, "background", `var(${about.hues[i % about.hues.length]})`);
      const toggle = el("button", "wk-toggle", swatch);
      toggle.type = "button";
      toggle.setAttribute("aria-pressed", off ? "false" : "true");
      toggle.setAttribute("aria-label", t(off ? "worker.show" : "worker.hide", { name }));
      toggle.title = toggle.getAttribute("aria-label");
      toggle.addEventListener("click", () => about.onToggle(code));
      const link = el("a", "", name);
      link.href = `/worker/${encodeURIComponent(code)}?day=${about.day}`;
      const first = answer.shifts[0];
      const km = t("worker.km", { n: (answer.figures.distance_m / 1000).toFixed(1) });
      const facts = first ? t("worker.walked_by", { km, stops: answer.stops.length }) : t("worker.state_none");
      return el("li", off ? "off" : "", [toggle, el("div", "", [link, el("div", "t3 ell", region.name)]), el("span", "t2 num", facts)]);
    });
    const tail = about.more ? [el("p", "none", t("worker.more_people", { n: answers.length }))] : [];
    const list = el("ul", "wk-several", rows);
    node.replaceChildren(el("h3", "", t("worker.several", { n: answers.length })), list, ...tail);
  }

  quanyu.workerSeveral = { paint };
})((globalThis.quanyu = globalThis.quanyu || {}));
