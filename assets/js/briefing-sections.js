/** The sections of a briefing as a list: which are taken, and in which order, by dragging or by arrow keys. */
(function (quanyu) {
  "use strict";

  let list;
  let dragged = "";

  /** @param {HTMLElement} node */
  function start(node) {
    list = node;
    list.addEventListener("dragstart", (event) => {
      dragged = event.target.closest?.("li")?.dataset.key || "";
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", dragged);
    });
    list.addEventListener("dragover", (event) => dragged && event.preventDefault());
    list.addEventListener("drop", (event) => {
      event.preventDefault();
      const onto = event.target.closest?.("li")?.dataset.key;
      if (dragged && onto && onto !== dragged) move(dragged, order().indexOf(onto));
      dragged = "";
    });
    list.addEventListener("dragend", () => (dragged = ""));
  }

  /** All sections: the chosen ones in their order, then the others. @returns {string[]} */
  function order() {
    const { order: asked, all } = quanyu.briefingState;
    return [...asked.sections, ...all.filter((key) => !asked.sections.includes(key))];
  }

  /** @param {string} key @param {number} place */
  function move(key, place) {
    const { order: asked, set } = quanyu.briefingState;
    const keys = order().filter((one) => one !== key);
    keys.splice(place, 0, key);
    set({ sections: keys.filter((one) => one === key || asked.sections.includes(one)) });
  }

  /** @param {string} key */
  function toggle(key) {
    const { order: asked, set } = quanyu.briefingState;
    const taken = asked.sections.includes(key);
    set({ sections: taken ? asked.sections.filter((one) => one !== key) : [...asked.sections, key] });
  }

  function show() {
    const { order: asked, sections, at, issued } = quanyu.briefingState;
    const here = sections()[at]?.key;
    const focused = document.activeElement?.closest?.(".bf-sections li") && [document.activeElement.closest("li").dataset.key, document.activeElement.className];
    list.replaceChildren(...order().map((key) => line(key, asked.sections.includes(key), key === here, Boolean(issued))));
    if (focused) list.querySelector(`li[data-key="${focused[0]}"] .${focused[1].split(" ")[0]}`)?.focus();
  }

  /** @param {string} key @param {boolean} taken @param {boolean} here @param {boolean} fixed */
  function line(key, taken, here, fixed) {
    const { el } = quanyu.dom;
    const t = quanyu.words.t;
    const name = t(`brief.section_${key}`);
    const box = Object.assign(el("input", "bf-take"), { type: "checkbox", checked: taken, disabled: fixed });
    box.setAttribute("aria-label", t("brief.take", { name }));
    box.addEventListener("change", () => toggle(key));
    const open = Object.assign(el("button", "bf-open", name), { type: "button", disabled: !taken });
    open.addEventListener("click", () => {
      const { sections, look } = quanyu.briefingState;
      look(Math.max(0, sections().findIndex((one) => one.key === key)));
    });
    const grip = Object.assign(el("button", "bf-grip", "≡"), { type: "button", disabled: fixed || !taken });
    grip.setAttribute("aria-label", t("brief.move", { name }));
    grip.addEventListener("keydown", (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const place = order().indexOf(key) + step;
      if (place >= 0 && place < quanyu.briefingState.order.sections.length) move(key, place);
    });
    const node = el("li", here ? "on" : "", [box, open, el("em", "", t(`brief.hint_${key}`)), grip]);
    node.dataset.key = key;
    node.draggable = taken && !fixed;
    return node;
  }

  quanyu.briefingSections = { start, show };
})((globalThis.quanyu = globalThis.quanyu || {}));
