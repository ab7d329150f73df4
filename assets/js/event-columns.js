/** Which columns the table of events shows, how wide and in what order: chosen by its user and kept in the browser. */
(function (quanyu) {
  "use strict";

  const KEY = "quanyu.events.columns";
  const ROOT_PX = 16;

  /** @param {string} login @returns {?Object[]} */
  function kept(login) {
    try {
      const found = JSON.parse(localStorage.getItem(`${KEY}:${login}`) || "null");
      return Array.isArray(found) ? found : null;
    } catch {
      return null;
    }
  }

  /** @param {Object} api the grid's @param {string} login */
  function keep(api, login) {
    const state = api.getColumnState().map(({ colId, hide, width, flex }) => ({ colId, hide, width, flex }));
    try {
      localStorage.setItem(`${KEY}:${login}`, JSON.stringify(state));
    } catch { /* a full or closed storage keeps nothing; the choice holds for this page */ }
  }

  /** Brings the columns as they were left, and keeps later choices. @param {Object} api @param {string} login */
  function follow(api, login) {
    const state = kept(login);
    if (state) api.applyColumnState({ state, applyOrder: true });
    const save = (/** @type {{source?: string, finished?: boolean}} */ event) => {
      if (event.finished !== false && event.source !== "flex") keep(api, login);
    };
    for (const name of ["columnVisible", "columnMoved", "columnResized"]) api.addEventListener(name, save);
  }

  /** Least widths are those of a page at its usual size; on a large screen columns grow with the letters. @param {Object} api */
  function size(api) {
    const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / ROOT_PX;
    if (unit === 1) return;
    const grown = (/** @type {Object} */ column) => ({ ...column, minWidth: Math.round(column.minWidth * unit) });
    api.setGridOption("columnDefs", api.getColumnDefs().map(grown));
  }

  /**
   * The button with the list of columns.
   * @param {Object} api @returns {HTMLElement}
   */
  function chooser(api) {
    const { el } = quanyu.dom;
    const { t } = quanyu.words;
    const button = el("button", "btn ghost sm", t("table.columns"));
    button.type = "button";
    const list = el("div", "evt-cols");
    list.id = "event-columns";
    list.popover = "auto";
    list.setAttribute("role", "group");
    list.setAttribute("aria-label", t("table.columns_label"));
    button.popoverTargetElement = list;
    const box = (/** @type {Object} */ column) => {
      const input = el("input");
      input.type = "checkbox";
      input.checked = column.isVisible();
      input.disabled = column.getColId() === "due";
      input.addEventListener("change", () => api.setColumnsVisible([column.getColId()], input.checked));
      return el("label", "", [input, column.getColDef().headerName]);
    };
    list.addEventListener("beforetoggle", (event) => {
      if (event.newState !== "open") return;
      list.replaceChildren(...api.getColumns().map(box));
      const place = button.getBoundingClientRect();
      list.style.right = `${Math.max(0, innerWidth - place.right)}px`;
      list.style.bottom = `${Math.max(0, innerHeight - place.top + 4)}px`;
    });
    const host = el("span", "evt-pick", [button, list]);
    return host;
  }

  quanyu.eventColumns = { size, follow, chooser };
})((globalThis.quanyu = globalThis.quanyu || {}));
