/** The clock of a playback: a moment between two others that runs at a rate, or stands. Owns nothing that is seen. */
(function (quanyu) {
  "use strict";

  /** A page that was hidden does not leap. */
  const LONGEST_STEP_MS = 250;

  /**
   * @param {{onMove: function(number): void, onState: function(boolean, number): void}} told the moment; playing, rate
   */
  function create(told) {
    let [from, to, at] = [0, 0, 0];
    let rate = 60;
    let playing = false;
    let last = 0;
    let frame = 0;

    function tick(now) {
      frame = 0;
      if (!playing) return;
      const passed = Math.max(0, Math.min(LONGEST_STEP_MS, now - last));
      last = now;
      at = Math.min(to, at + passed * rate);
      told.onMove(at);
      if (at >= to) return pause();
      frame = requestAnimationFrame(tick);
    }

    function play() {
      if (playing || to <= from) return;
      if (at >= to) at = from;
      playing = true;
      last = performance.now();
      told.onState(playing, rate);
      told.onMove(at);
      frame = frame || requestAnimationFrame(tick);
    }

    function pause() {
      cancelAnimationFrame(frame);
      frame = 0;
      if (!playing) return;
      playing = false;
      told.onState(playing, rate);
    }

    return {
      play,
      pause,
      toggle: () => (playing ? pause() : play()),
      /** Another day: its ends, and where it stands. @param {number} first @param {number} end @param {number} moment */
      span(first, end, moment) {
        [from, to] = [first, Math.max(first, end)];
        at = Math.max(from, Math.min(to, moment));
        told.onMove(at);
      },
      /** @param {number} ms */
      seek(ms) {
        at = Math.max(from, Math.min(to, ms));
        told.onMove(at);
      },
      /** @param {number} given times as fast as it was */
      pace(given) {
        rate = given;
        told.onState(playing, rate);
      },
      get at() {
        return at;
      },
      get playing() {
        return playing;
      },
      get ends() {
        return [from, to];
      },
    };
  }

  quanyu.workerPlayer = { create };
})((globalThis.quanyu = globalThis.quanyu || {}));
