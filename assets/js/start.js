/** Where Dash calls in: each page's entry, once its layout stands. */
(function (quanyu) {
  "use strict";

  let started = false;
  /** What is drawn as soon as the page has started. @type {Array<function(): void>} */
  const waiting = [];
  let drawn = [];

  /** Starts a page once. @param {string} page @param {Object} config @returns {string} the page that runs */
  function start(page, config) {
    if (!started && config) {
      started = true;
      quanyu[page].start(config);
      for (const draw of waiting.splice(0)) draw();
    }
    return page;
  }

  /** A panel's data may come with the page itself; it is drawn once the page has its words and its place. */
  function then(/** @type {function(): void} */ draw) {
    if (started) draw();
    else waiting.push(draw);
    return window.dash_clientside.no_update;
  }

  /** Draws the panels whose data are new. @param {Array<?Object>} data of the figures, trends, ranking, crew, all figures */
  function panels(data) {
    const { deskFigures, deskCourse, deskLists } = quanyu;
    const draw = [deskFigures.show, deskCourse.show, deskLists.ranking, deskLists.crew, deskFigures.every];
    const before = drawn;
    drawn = data;
    data.forEach((one, i) => one !== before[i] && draw[i](one));
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.quanyu = {
    wall: (config) => start("wall", config),
    desk: (config) => start("desk", config),
    imports: (shown) => quanyu.imports.show(shown),
    panels: (...data) => then(() => panels(data)),
    deskMap: (shown, regions) => then(() => quanyu.deskMap.show(shown, regions)),
    event: (shown) => quanyu.eventDrawer.show(shown),
    eventTable: (config) => then(() => quanyu.eventTable.show(config)),
    worker: (config) => quanyu.workerPage.show(config),
    roster: (data) => quanyu.workerRoster.show(data),
    briefing: (config) => quanyu.briefingPage.show(config),
    supervision: (config) => quanyu.supervisionPage.show(config),
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
