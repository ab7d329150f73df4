/** The wall page: gathers what changed, and lets every panel paint it at most once a frame. */
(function (quanyu) {
  "use strict";

  const SHIFT_MS = 180000;
  const SHIFTS = [[0, 0], [2, 1], [4, 2], [2, 4], [0, 2], [-2, 4], [-4, 2], [-2, 0], [-4, -2], [-2, -4], [0, -2], [2, -4]];
  const ROOTS = {
    kpi: "wall-kpis", pipeline: "wall-pipeline", sources: "wall-sources", categories: "wall-categories",
    ranking: "wall-ranking", ticker: "wall-ticker", alerts: "wall-alerts", workers: "wall-workers",
    streets: "wall-streets", pressing: "wall-pressing",
  };
  /** Panels are painted at the end of a drag, but no later than that. */
  const PATIENCE_MS = 3000;
  let pending = null;
  let scheduled = false;
  let mounted = false;
  /** @type {{files: boolean}} what may be taken away */
  let taking = { files: false };

  /** @returns {Object} what is to be painted: the store's changes, and flags of the page's own */
  function blank() {
    return { ...quanyu.store.nothing(), all: false, tick: false, status: false };
  }

  function schedule() {
    if (scheduled) return;
    scheduled = true;
    quanyu.mapDrag.spared(() => {
      scheduled = false;
      const what = pending || blank();
      pending = null;
      paint(what);
    }, PATIENCE_MS);
  }

  function note(change) {
    pending = pending || blank();
    if (change === "snapshot") pending.all = true;
    else if (change === null) pending.status = true;
    else if (change) quanyu.store.merge(pending, change);
    schedule();
  }

  /** All that panels read, for this moment. */
  function look() {
    const { link, clock, figures } = quanyu;
    const { state } = link;
    const now = clock.now();
    const status = link.status();
    const feeds = link.feeds();
    const until = (ms) => (ms ? clock.time(ms).slice(0, 5) : "");
    const view = {
      state, now, feeds, lost: status === "lost", waiting: status === "wait",
      until: link.seen_ms ? clock.time(link.seen_ms) : "", until_position: "", counts: {}, root: "", alerts: [], ranking: [],
    };
    if (!state) return view;
    if (!view.lost && feeds.event.stale) view.until = until(state.feeds.event);
    view.until_position = until(state.feeds.position);
    view.root = figures.rootCode(state);
    view.counts = figures.rootCounts(state);
    view.alerts = figures.alerts(state);
    view.ranking = figures.ranking(state);
    return view;
  }

  function paint(what) {
    const view = look();
    if (view.state) {
      what.root = what.all || what.counts.has(view.root) || (what.counts.size > 0 && !view.state.counts.has(view.root));
      what.streets = what.all || view.state.streets.some((code) => what.counts.has(code));
      mountOnce();
    }
    document.documentElement.dataset.state = view.lost ? "lost" : view.state ? "ready" : quanyu.link.empty ? "empty" : "wait";
    document.documentElement.classList.toggle("events-stale", view.feeds.event.stale && !view.lost);
    for (const panel of Object.values(quanyu.panels)) {
      if (view.state || panel.always) panel.paint(view, what);
    }
    quanyu.map.paint(view, what);
    document.getElementById("wall-empty").hidden = !quanyu.link.empty;
    paintMapHead(view, what);
    if (what.tick) quanyu.reload.check(view);
  }

  function mountOnce() {
    if (mounted) return;
    mounted = true;
    for (const name in ROOTS) quanyu.panels[name].mount(document.getElementById(ROOTS[name]));
    quanyu.panels.trends.mount();
    quanyu.exportMenu.dress(taking);
  }

  function paintMapHead(view, what) {
    if (!view.state || !what.all) return;
    const { dom, words, format } = quanyu;
    const { counts, schematic, attribution } = view.state.district;
    const parts = ["street", "community", "grid"].filter((key) => counts[key]).map((key) => words.t(`map.count_${key}`, { n: format.count(counts[key]) }));
    dom.text(document.getElementById("wall-map-sub"), parts.join(" · "));
    const source = attribution ? words.name(attribution.zh, attribution.en) : "";
    const note = [schematic ? words.t("map.schematic") : "", source].filter(Boolean).join(" · ");
    dom.text(document.getElementById("wall-map-note"), note);
  }

  /** Everything is painted again: another language, another size. */
  function repaint() {
    pending = pending || blank();
    pending.all = true;
    schedule();
  }

  /** Moves the whole wall by a few pixels now and then, so that nothing burns in. */
  function drift(step) {
    const wall = document.getElementById("wall");
    if (!wall) return;
    const [x, y] = SHIFTS[step % SHIFTS.length];
    wall.style.setProperty("--drift-x", `${x}px`);
    wall.style.setProperty("--drift-y", `${y}px`);
    setTimeout(drift, SHIFT_MS, step + 1);
  }

  /**
   * Starts the wall. @param {{words: Object, lang: string, alone?: boolean, layout?: string, may_switch?: boolean, files?: boolean}} config
   */
  function start(config) {
    const { words, link, clock, panels } = quanyu;
    words.open(config.words, config.lang);
    taking = { files: Boolean(config.files) };
    panels.header.mount();
    panels.banner.mount();
    quanyu.posture.open(config);
    quanyu.wallViews.open(config);
    link.onChange((change) => {
      if (change === "snapshot") quanyu.map.snapshot(link.state);
      else if (change && change.moved.size) quanyu.map.moved(link.state, change.moved);
      note(change);
    });
    words.onChange(() => {
      quanyu.exportMenu.dress();
      repaint();
    });
    clock.onSecond(() => {
      pending = pending || blank();
      pending.tick = true;
      pending.status = true;
      schedule();
    });
    let resizing = 0;
    addEventListener("resize", () => {
      clearTimeout(resizing);
      resizing = setTimeout(repaint, 150);
    });
    clock.start();
    drift(0);
    link.start({ alone: config.alone });
  }

  quanyu.wall = { start, repaint, look };
})((globalThis.quanyu = globalThis.quanyu || {}));
