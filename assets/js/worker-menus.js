/** What can be chosen above a day's track: the worker, those beside, the day, the form of a file. Owns the menus. */
(function (quanyu) {
  "use strict";

  const DAYS = 14;

  /**
   * @param {{code: string, day: string, with: string[], raw: boolean}} state
   * @param {{people: string[][], today: string}} config
   * @param {{onPerson: function(string): void, onBeside: function(string): void, onDay: function(string): void}} told
   */
  function paint(state, config, told) {
    people(state, config, told);
    days(state, config, told);
    files(state);
    const tools = document.querySelector("#worker [data-raw]").parentElement;
    tools.hidden = Boolean(state.region || state.with.length);
    for (const button of document.querySelectorAll("#worker [data-raw]")) {
      quanyu.dom.attr(button, "aria-pressed", (button.dataset.raw === "1") === state.raw ? "true" : "false");
    }
  }

  function option(text, on, onPress) {
    const button = quanyu.dom.el("button", "opt", text);
    button.type = "button";
    if (on) button.setAttribute("aria-current", "true");
    button.addEventListener("click", onPress);
    return button;
  }

  function shut(name) {
    const menu = quanyu.workerFrame.at(`${name}-menu`);
    menu.open = false;
    menu.firstElementChild.focus();
  }

  function people(state, config, told) {
    const { el, text } = quanyu.dom;
    const { t } = quanyu.words;
    const list = quanyu.workerFrame.at("people");
    const shown = quanyu.workerFrame.at("people-shown");
    if (!list) return;
    const own = config.people.find(([code]) => code === state.code);
    if (own) text(shown, state.with.length ? t("worker.several", { n: state.with.length + 1 }) : own[1]);
    const all = el("a", "opt", t(state.region ? "worker.out_now" : "worker.all_here"));
    all.href = `/worker?${new URLSearchParams(state.region ? { region: config.around } : { region: config.around, day: state.day })}`;
    const rows = config.people.map(([code, name, grid]) => {
      const button = option([el("span", "", name), el("span", "t3", grid)], code === state.code, () => (shut("people"), told.onPerson(code)));
      if (code === state.code || state.region) return button;
      const on = state.with.includes(code);
      const beside = el("button", "wk-beside", on ? "−" : "+");
      beside.type = "button";
      const label = t(on ? "worker.not_beside" : "worker.beside", { name });
      beside.title = label;
      beside.setAttribute("aria-label", label);
      beside.addEventListener("click", () => told.onBeside(code));
      return el("div", "wk-person", [button, beside]);
    });
    list.replaceChildren(...rows, all);
  }

  function days(state, config, told) {
    const { el, text } = quanyu.dom;
    const { dayName, shifted } = quanyu.workerTimes;
    text(quanyu.workerFrame.at("days-shown"), dayName(state.day));
    const rows = Array.from({ length: DAYS }, (_, i) => shifted(config.today, -i)).map((day) => {
      const button = option(dayName(day), day === state.day, () => (shut("days"), told.onDay(day)));
      button.dataset.day = day;
      return button;
    });
    const field = Object.assign(el("input"), { type: "date", value: state.day, max: config.today });
    field.addEventListener("change", () => field.value && (shut("days"), told.onDay(field.value)));
    const other = el("label", "custom", [el("span", "", quanyu.words.t("worker.other_day")), field]);
    quanyu.workerFrame.at("days").replaceChildren(...rows, other);
  }

  function files(state) {
    for (const link of document.querySelectorAll("#worker [data-form]")) {
      const query = new URLSearchParams({ form: link.dataset.form, day: state.day, view: state.raw ? "raw" : "clean" });
      link.href = `/api/v1/workers/${encodeURIComponent(state.code || "")}/track/file?${query}`;
    }
  }

  quanyu.workerMenus = { paint };
})((globalThis.quanyu = globalThis.quanyu || {}));
