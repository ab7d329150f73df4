/** The page of briefings: ties its parts to what is asked and what was told, and has files made of it. */
(function (quanyu) {
  "use strict";

  const FORMS = ["pptx", "docx", "xlsx"];
  const SLIDE_PX = 960;
  const SLIDE_RATIO = 540 / 960;
  let look = "slides";
  let shown = "";
  let config;

  /** A place that the server laid out. @param {string} name @returns {HTMLElement} */
  const at = (name) => document.querySelector(`#briefing [data-bf="${name}"]`);
  const state = () => quanyu.briefingState;

  /** @param {?Object} given @returns {string} */
  function show(given) {
    if (given && !config) {
      config = given;
      quanyu.briefingCalendar.start(at("calendar"), config.today);
      quanyu.briefingSections.start(at("sections"));
      quanyu.briefingCases.start(at("cases"));
      regions();
      document.addEventListener("click", clicked);
      at("past-menu").addEventListener("toggle", () => at("past-menu").open && past());
      document.addEventListener("pointerdown", ({ target }) => {
        if (!at("past-menu").contains(target)) at("past-menu").open = false;
      });
      new ResizeObserver(fit).observe(at("stage"));
      state().onChange(paint);
      quanyu.jobs.follow(files);
      state().start(config);
    }
    return given ? "on" : "";
  }

  /** The district and its streets. */
  function regions() {
    const { el } = quanyu.dom;
    const select = el("select", "sel bf-region", config.regions.map(([code, name]) => Object.assign(el("option", "", name), { value: code })));
    select.setAttribute("aria-label", quanyu.words.t("brief.region"));
    select.addEventListener("change", () => state().set({ region: select.value }));
    at("region").replaceChildren(select);
  }

  /** @param {MouseEvent} event */
  function clicked(event) {
    const target = /** @type {Element} */ (event.target);
    const button = /** @type {?HTMLElement} */ (target.closest?.("#briefing [data-set], #briefing [data-form], #briefing button[data-bf]"));
    if (!button) return;
    if (button.dataset.set) choose(button.dataset.set, button.dataset.value);
    else if (button.dataset.form === "pdf") print();
    else if (button.dataset.form) make([button.dataset.form]);
    else if (button.dataset.bf === "make") make(FORMS);
    else if (button.dataset.bf === "issue") issue(button);
    else if (button.dataset.bf === "keep") {
      state().keep();
      quanyu.notice.say(quanyu.words.t("brief.kept"));
    } else if (button.dataset.bf === "again") state().read();
    else if (button.dataset.bf === "unfreeze") state().unfreeze();
  }

  /** @param {string} name @param {string} value */
  function choose(name, value) {
    const { order, set } = state();
    if (name === "look") {
      look = value;
      shown = "";
      paint();
    } else if (name === "versus") {
      const others = order.versus.includes(value) ? order.versus.filter((one) => one !== value) : [...order.versus, value];
      if (others.length) set({ versus: others });
    } else if (name === "masked") set({ masked: value === "1" });
    else set({ [name]: value });
  }

  /** The print view in a tab of its own: the browser makes the PDF. Changed texts are long, so they go as a form. */
  function print() {
    const { el } = quanyu.dom;
    const question = state().question();
    const [name, value] = question.issued ? ["issued", String(question.issued)] : ["order", JSON.stringify(question.order)];
    const field = Object.assign(el("input"), { type: "hidden", name, value });
    const form = Object.assign(el("form", "", field), { method: "post", action: `/briefing/print?lang=${quanyu.words.lang}`, target: "_blank" });
    form.hidden = true;
    document.body.append(form);
    form.submit();
    form.remove();
  }

  /** @param {string[]} forms */
  async function make(forms) {
    for (const form of forms) {
      const said = await quanyu.jobs.start("briefing", { ...state().question(), form });
      if (said.sentence) return quanyu.notice.say(said.sentence);
    }
  }

  /** @param {HTMLElement} button */
  async function issue(button) {
    button.disabled = true;
    quanyu.dom.text(button, quanyu.words.t("brief.issuing"));
    const answer = await state().issue();
    quanyu.dom.text(button, quanyu.words.t("brief.issue"));
    button.disabled = Boolean(state().issued);
    quanyu.notice.say(answer.sentence || quanyu.words.t("brief.issued", { version: answer.version }));
  }

  async function past() {
    const { el } = quanyu.dom;
    const found = await state().past();
    const lines = found.map((one) => {
      const button = el("button", "opt", quanyu.words.t("brief.past_one", { ...one, at: stamp(one.issued_at) }));
      button.type = "button";
      button.addEventListener("click", () => {
        at("past-menu").open = false;
        state().open(one.id);
      });
      return el("li", "", button);
    });
    at("past").replaceChildren(...(lines.length ? lines : [el("li", "none", quanyu.words.t("brief.past_none"))]));
  }

  /** @param {string} iso */
  function stamp(iso) {
    const { year, month, day, hour, minute } = quanyu.clock.local(Date.parse(iso));
    return `${year}-${month}-${day} ${hour}:${minute}`;
  }

  function paint() {
    const { order, content, issued } = state();
    const { dom, words } = quanyu;
    dom.text(at("title"), words.t(`brief.title_${order.cadence}`));
    dom.text(at("period"), content ? `${content.period} · ${content.region_name}` : "");
    at("frozen").hidden = !issued;
    if (issued) {
      const back = Object.assign(dom.el("button", "", `× ${words.t("brief.unfreeze")}`), { type: "button" });
      back.dataset.bf = "unfreeze";
      at("frozen").replaceChildren(words.t("brief.frozen", { version: issued.version, at: stamp(issued.issued_at) }), back);
    }
    for (const button of document.querySelectorAll("#briefing [data-set]")) {
      const { set: name, value } = button.dataset;
      const held = name === "look" ? look : name === "masked" ? (order.masked ? "1" : "0") : order[name];
      dom.attr(button, "aria-pressed", String(Array.isArray(held) ? held.includes(value) : held === value));
      button.disabled = Boolean(issued) && name !== "look";
    }
    document.querySelector('#briefing [data-option="masked"]').hidden = !config.personal;
    const select = at("region").firstElementChild;
    select.value = order.region;
    select.disabled = Boolean(issued);
    dom.text(at("chosen"), words.t("brief.chosen", { n: order.sections.length, all: state().all.length }));
    for (const name of ["make", "issue"]) at(name).disabled = !content || !order.sections.length || (name === "issue" && Boolean(issued));
    quanyu.briefingCalendar.show();
    quanyu.briefingSections.show();
    quanyu.briefingCases.show();
    preview();
  }

  /** The preview: rebuilt where something of it changed, never under somebody's typing. */
  function preview() {
    const { content, failure, sections, at: here, order, issued } = state();
    const { dom, words, briefingSlide } = quanyu;
    const found = sections();
    say(failure || (content && !content.complete ? words.t("brief.incomplete", { at: content.as_of_text }) : ""), Boolean(failure));
    dom.text(at("at"), found.length ? words.t("brief.at", { n: here + 1, all: found.length, name: found[here].title }) : content ? words.t("brief.nothing") : failure ? "" : words.t("brief.reading"));
    dom.attr(at("stage"), "aria-busy", String(!content && !failure));
    const key = JSON.stringify([content?.as_of, content?.start, content?.region, content?.lang, issued?.id, look, here, found.map((one) => one.key), order.texts]);
    if (!content || key === shown) {
      if (!content) shown = "";
      return;
    }
    shown = key;
    if (look === "document") {
      at("stage").replaceChildren(briefingSlide.paper(found));
      at("thumbs").hidden = true;
    } else {
      at("stage").replaceChildren(...(found.length ? [briefingSlide.slide(found[here], here, found.length)] : []));
      at("thumbs").hidden = false;
      at("thumbs").replaceChildren(...found.map((section, n) => thumb(section, n, found.length, n === here)));
    }
    dom.cls(at("stage"), `bf-stage ${look}`);
    fit();
  }

  /** @param {Object} section @param {number} n @param {number} all @param {boolean} here */
  function thumb(section, n, all, here) {
    const { el } = quanyu.dom;
    const slide = quanyu.briefingSlide.slide(section, n, all);
    for (const node of slide.querySelectorAll("[contenteditable]")) {
      node.removeAttribute("contenteditable");
      node.removeAttribute("role");
    }
    slide.inert = true;
    slide.setAttribute("aria-hidden", "true");
    const box = el("span", "bf-thumb", slide);
    const button = el("button", "", [box, el("span", "bf-thumb-name", [el("b", "", String(n + 1)), section.title])]);
    button.type = "button";
    button.setAttribute("aria-current", String(here));
    button.addEventListener("click", () => state().look(n));
    return el("li", here ? "on" : "", button);
  }

  /** The slide as large as its place allows. */
  function fit() {
    const stage = at("stage");
    const slide = stage.querySelector(".bf-slide");
    if (!slide) return quanyu.dom.style(stage, "height", "");
    scaled(slide, stage);
    for (const box of at("thumbs").querySelectorAll(".bf-thumb")) scaled(box.firstElementChild, box);
  }

  /** A slide as large as its box is wide. @param {HTMLElement} slide @param {HTMLElement} box */
  function scaled(slide, box) {
    const scale = box.clientWidth / (SLIDE_PX * quanyu.dom.scale());
    quanyu.dom.style(slide, "transform", `scale(${scale})`);
    quanyu.dom.style(box, "height", `${SLIDE_RATIO * box.clientWidth}px`);
  }

  /** @param {string} text @param {boolean} again */
  function say(text, again) {
    const { el } = quanyu.dom;
    const nodes = text ? [el("span", "", text)] : [];
    if (text && again) {
      const button = Object.assign(el("button", "btn sm", quanyu.words.t("brief.again")), { type: "button" });
      button.dataset.bf = "again";
      nodes.push(button);
    }
    at("state").replaceChildren(...nodes);
  }

  /** @param {Object[]} jobs */
  function files(jobs) {
    const count = (name) => jobs.filter((job) => job.state === name).length;
    const values = { done: count("done"), running: count("running"), queued: count("queued"), failed: count("failed") };
    quanyu.dom.text(at("jobs-sub"), jobs.length ? quanyu.words.t("jobs.summary", values) : quanyu.words.t("jobs.none"));
    quanyu.jobRows.show(at("jobs"), jobs);
  }

  quanyu.briefingPage = { show };
})((globalThis.quanyu = globalThis.quanyu || {}));
