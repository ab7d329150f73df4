/** Who is out just now: a list that follows the stream, and a map that can follow one of them. */
(function (quanyu) {
  "use strict";

  function start() {}

  quanyu.workerRoster = { start, show: () => "" };
})((globalThis.quanyu = globalThis.quanyu || {}));
