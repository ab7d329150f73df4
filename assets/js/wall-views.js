/** The views of the wall: shows the one whose turn it is, and says in the top line what comes and what holds it. */
(function (quanyu) {
  "use strict";

  const NARROW = "(max-width: 899px)";
  let layout = "wall";
  let resting = false;
  let turn = null;
  let reds = null;
  let idle = [];
  let wall;
  let chip;

  /** @param {{layout?: string}} config the layout that the wall is bound to; without one the address chooses */
  function open(config) {
    wall = document.getElementById("wall");
    chip = document.getElementById("wall-turn");
    layout = config.layout || new URLSearchParams(location.search).get("show") || "wall";
    addEventListener("keydown", (event) => {
      if (config.layout || !quanyu.posture.plain(event)) return;
      const views = quanyu.rotation.VIEWS;
      if (event.key >= "1" && event.key <= String(views.length)) choose(views[Number(event.key) - 1]);
      else if (event.key === "0") choose(quanyu.rotation.IN_TURN);
      else if (event.key.toLowerCase() === "p") resting = !resting;
      else return;
      quanyu.wall.repaint();
    });
  }

  function choose(wanted) {
    layout = wanted;
    resting = false;
  }

  function paint(view, what) {
    const { rotation } = quanyu;
    const { state, now } = view;
    const { rotation_s, hold_s } = state.district.wall || {};
    if (what.all || what.events || !reds) reds = rotation.reds(reds, view.alerts, now);
    idle = view.alerts.length ? [] : ["pressing"];
    const before = turn || rotation.begin(now);
    turn = rotation.step(before, {
      layout: matchMedia(NARROW).matches ? "wall" : layout,
      now_ms: now,
      every_s: rotation_s,
      red: rotation.fresh(reds, now, hold_s),
      emergency: quanyu.posture.emergency(state),
      resting,
      idle,
    });
    if (wall.dataset.view !== turn.view) {
      wall.dataset.view = turn.view;
      for (const name of rotation.VIEWS.slice(1)) document.getElementById(`wall-view-${name}`).hidden = name !== turn.view;
      quanyu.wall.repaint();
    }
    paintChip();
  }

  function paintChip() {
    const { dom, words, rotation } = quanyu;
    chip.hidden = layout !== rotation.IN_TURN || turn.why === "emergency";
    if (chip.hidden) return;
    const views = rotation.turning(idle.filter((name) => name !== turn.view));
    const at = { n: views.indexOf(turn.view) + 1, all: views.length };
    dom.text(chip, words.t(turn.why ? `turn.held_${turn.why}` : "turn.place", at));
    dom.cls(chip, turn.why === "alert" ? "demo turn-held" : "demo");
  }

  quanyu.wallViews = {
    open,
    /** Whether a view is the one that is shown. @param {string} name */
    shows: (name) => Boolean(turn) && turn.view === name,
  };
  quanyu.panels = quanyu.panels || {};
  quanyu.panels.views = { paint };
})((globalThis.quanyu = globalThis.quanyu || {}));
