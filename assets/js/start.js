/** Where Dash calls in: each page's entry, once its layout stands. */
(function (quanyu) {
  "use strict";

  let started = false;

  /** Starts a page once. @param {string} page @param {Object} config @returns {string} the page that runs */
  function start(page, config) {
    if (!started && config) {
      started = true;
      quanyu[page].start(config);
    }
    return page;
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.quanyu = {
    wall: (config) => start("wall", config),
    desk: (config) => start("desk", config),
    imports: (shown) => quanyu.imports.show(shown),
    figures: (data) => quanyu.deskFigures.show(data),
    every: (data) => quanyu.deskFigures.every(data),
    courses: (data) => quanyu.deskCourse.show(data),
    ranking: (data) => quanyu.deskLists.ranking(data),
    crew: (data) => quanyu.deskLists.crew(data),
    deskMap: (shown, regions) => quanyu.deskMap.show(shown, regions),
    event: (shown) => quanyu.eventDrawer.show(shown),
    eventTable: (config) => quanyu.eventTable.show(config),
    worker: (config) => quanyu.workerPage.show(config),
    roster: (data) => quanyu.workerRoster.show(data),
    briefing: (config) => quanyu.briefingPage.show(config),
    supervision: (config) => quanyu.supervisionPage.show(config),
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
