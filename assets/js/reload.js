/** Loads the page anew for a new release and once a day at 04:00, only while the server answers. */
(function (quanyu) {
  "use strict";

  const HOUR = "04";
  const SPREAD_MS = 10000;
  const OLD_ENOUGH_MS = 2 * 3600000;
  const opened = Date.now();
  let planned = false;

  /** Goes behind the last frame: the old picture stays until the new page paints. */
  async function go() {
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (answer.ok) return location.reload();
    } catch {
      /* The server is away: stay on the last picture and try again later. */
    }
    planned = false;
  }

  function plan() {
    if (planned) return;
    planned = true;
    setTimeout(go, Math.random() * SPREAD_MS);
  }

  quanyu.reload = {
    /** @param {Object} view */
    check(view) {
      const latest = view.state && view.state.latest;
      if (latest && view.state.release && latest.release && latest.release !== view.state.release) plan();
      if (Date.now() - opened > OLD_ENOUGH_MS && quanyu.clock.local(view.now).hour === HOUR) plan();
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
