/** The district's posture on the wall: shows an emergency, and lets those who may switch it with one key. */
(function (quanyu) {
  "use strict";

  const KEY = "e";
  let button;
  let chip;
  let loud;
  let told = null;
  let sending = false;

  /** @param {{may_switch?: boolean}} config */
  function open(config) {
    chip = document.getElementById("wall-emergency");
    button = document.getElementById("wall-posture");
    loud = document.getElementById("wall-loud");
    button.hidden = !config.may_switch;
    if (!config.may_switch) return;
    button.addEventListener("click", ask);
    addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() === KEY && plain(event)) ask();
    });
  }

  /** Whether a key was pressed for the page itself, once and alone. @param {KeyboardEvent} event */
  function plain(event) {
    const at = /** @type {Element} */ (event.target);
    return !(event.repeat || event.ctrlKey || event.altKey || event.metaKey || at.closest("input, textarea, select, dialog"));
  }

  /** Whether a state is one of an emergency. @param {?Object} state */
  function emergency(state) {
    return Boolean(state && state.posture && state.posture.now === "emergency");
  }

  /** Asks for the other posture; that it holds is told by the next beat, here as on every other wall. */
  async function ask() {
    const { state } = quanyu.link;
    if (sending || !state) return;
    sending = true;
    button.disabled = true;
    try {
      const answer = await fetch("/api/v1/posture", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ posture: emergency(state) ? "normal" : "emergency" }),
      });
      if (!answer.ok) quanyu.notice.say((await answer.json()).error.message);
    } catch {
      quanyu.notice.say(quanyu.words.t("posture.failed"));
    } finally {
      sending = false;
      button.disabled = false;
    }
  }

  function paint(view, what) {
    if (!what.all && !what.beat) return;
    const { dom, words, clock } = quanyu;
    const now = emergency(view.state);
    document.documentElement.dataset.posture = now ? "emergency" : "normal";
    chip.hidden = !now;
    if (now) dom.text(chip, words.t("posture.since", { time: clock.time(view.state.posture.since).slice(0, 5) }));
    dom.text(button, words.t(now ? "posture.to_normal" : "posture.to_emergency"));
    dom.attr(button, "title", words.t("posture.key"));
    if (told !== null && told !== now) {
      dom.text(loud, words.t(now ? "posture.begun" : "posture.over"));
      quanyu.wall.repaint();
    }
    told = now;
  }

  quanyu.posture = { open, plain, emergency };
  quanyu.panels = quanyu.panels || {};
  quanyu.panels.posture = { paint };
})((globalThis.quanyu = globalThis.quanyu || {}));
