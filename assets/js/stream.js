/**
 * The endless stream of frames: one EventSource, recreated with jittered backoff, shared between tabs.
 *
 * Loaded twice: in the page it offers `quanyu.stream.open`; as a SharedWorker it keeps one connection for all tabs
 * of this origin (a browser allows six connections per host) and hands every frame on as text. A tab that hears
 * nothing from the worker connects by itself.
 */
(function (quanyu) {
  "use strict";

  const KINDS = ["counts", "event", "move", "trend", "alert", "beat", "reset"];
  const FIRST_MS = 1000;
  const MOST_MS = 5000;
  const SILENT_MS = 12000;
  const RING = 600;
  const RING_CHARS = 8e6;
  const PORT_MS = 150000;
  const PING_MS = 30000;
  const DEAF_MS = 20000;

  /** "7:123" as numbers. @param {string} id @returns {[number, number]} */
  function readId(id) {
    const [epoch, offset] = id.split(":").map(Number);
    return [epoch, offset];
  }

  /** Whether id `a` is later than `b`. @param {string} a @param {?string} b */
  function later(a, b) {
    if (!b) return true;
    const [ea, oa] = readId(a);
    const [eb, ob] = readId(b);
    return ea > eb || (ea === eb && oa > ob);
  }

  /** Wait before attempt n (1, 2, ...): doubling from 1 s to 5 s, half of it random: a wall is live within 15 s of whatever went wrong. @param {number} attempt */
  function backoff(attempt) {
    const whole = Math.min(MOST_MS, FIRST_MS * 2 ** (attempt - 1));
    return Math.max(FIRST_MS, whole / 2 + (Math.random() * whole) / 2);
  }

  /**
   * One connection that never gives up.
   * @param {string} url address of the stream
   * @param {{onMessage: function(string, string, string): void, onStatus: function(Object): void}} to
   */
  function connect(url, to) {
    let source = null;
    let last = null;
    let attempt = 0;
    let timer = 0;
    let heard = 0;
    let closed = false;
    /** @type {Array<[string, string]>} */
    const bundle = [];

    /**
     * Frames that come in a bundle carry the place of the last one only: they wait for it, so that whoever
     * resumes from a place has all that lies before it.
     */
    function hear(kind, event) {
      heard = Date.now();
      attempt = 0;
      const id = event.lastEventId;
      if (kind === "reset") return to.onMessage(kind, id || last || "0:0", event.data);
      if (!id || !later(id, last)) {
        if (bundle.length < RING) bundle.push([kind, event.data]);
        return;
      }
      last = id;
      for (const [earlier, data] of bundle.splice(0)) to.onMessage(earlier, id, data);
      to.onMessage(kind, id, event.data);
    }

    function open() {
      drop();
      if (closed) return;
      heard = Date.now();
      source = new EventSource(last ? `${url}?from=${last}` : url);
      const mine = source;
      source.onopen = () => to.onStatus({ state: "open", attempt });
      source.onerror = () => mine === source && fail();
      for (const kind of KINDS) source.addEventListener(kind, (event) => hear(kind, event));
    }

    function drop() {
      clearTimeout(timer);
      bundle.length = 0;
      if (source) source.close();
      source = null;
    }

    function fail() {
      drop();
      attempt += 1;
      const wait_ms = backoff(attempt);
      timer = setTimeout(open, wait_ms);
      to.onStatus({ state: "waiting", attempt, retry_at: Date.now() + wait_ms });
    }

    const watch = setInterval(() => source && Date.now() - heard > SILENT_MS && fail(), 2000);

    return {
      /** Starts behind this id, or with what comes next where it is empty; a connection that stands is left alone. */
      from(id) {
        if (source) return;
        if (id && later(id, last)) last = id;
        open();
      },
      again() {
        attempt = 0;
        open();
      },
      close() {
        closed = true;
        clearInterval(watch);
        drop();
      },
      get last() {
        return last;
      },
    };
  }

  /** A bounded memory of the last frames, to fill a new tab's gap. */
  function ring() {
    /** @type {Array<[string, string, string]>} */
    let frames = [];
    let chars = 0;
    return {
      push(frame) {
        frames.push(frame);
        chars += frame[2].length;
        while (frames.length > RING || (chars > RING_CHARS && frames.length > 1)) chars -= frames.shift()[2].length;
      },
      since: (id) => frames.filter((frame) => later(frame[1], id)),
      trimmed: () => frames.length >= RING || chars > RING_CHARS * 0.9,
      first: () => (frames.length ? frames[0][1] : null),
    };
  }

  /** The SharedWorker's side: ports in, one connection out. @param {SharedWorkerGlobalScope} scope */
  function serve(scope) {
    const ports = new Map();
    let memory = ring();
    let link = null;
    let start = null;
    let status = { state: "waiting", attempt: 0, retry_at: 0 };

    /** To every tab that has told where it stands; tabs that were not heard of for long are gone. */
    function all(message) {
      const limit = Date.now() - PORT_MS;
      for (const [port, tab] of ports) {
        if (tab.seen < limit) ports.delete(port);
        else if (tab.on) port.postMessage(message);
      }
      if (ports.size === 0 && link) {
        link.close();
        link = null;
        memory = ring();
      }
    }

    function subscribe(port, url, id) {
      ports.get(port).on = true;
      if (!link) {
        start = id;
        link = connect(url, {
          onMessage: (kind, at, data) => {
            if (kind !== "reset") memory.push([kind, at, data]);
            all({ kind, id: at, data });
          },
          onStatus: (now) => {
            status = now;
            all({ status });
          },
        });
        link.from(id);
        return;
      }
      if (!id) return port.postMessage({ status });
      const floor = memory.trimmed() ? memory.first() : start;
      if (floor && later(floor, id)) port.postMessage({ missed: true });
      for (const [kind, at, data] of memory.since(id)) port.postMessage({ kind, id: at, data });
      port.postMessage({ status });
    }

    scope.onconnect = (event) => {
      const port = event.ports[0];
      ports.set(port, { seen: Date.now(), on: false });
      port.onmessage = ({ data }) => {
        const tab = ports.get(port) || { on: false };
        ports.set(port, { seen: Date.now(), on: tab.on });
        if (data.from !== undefined) subscribe(port, data.url, data.from);
        if (data.again && link) link.again();
        if (data.bye) {
          ports.delete(port);
          all({});
        }
        if (data.ping) port.postMessage({ pong: true });
      };
    };
  }

  /**
   * The page's side of the worker; falls back to its own connection where the worker does not answer.
   * @param {string} url @param {string} script address of this file @param {Object} to
   */
  function shared(url, script, to) {
    let own = null;
    let heard = Date.now();
    let wanted = null;
    let worker;
    try {
      worker = new SharedWorker(script, { name: "quanyu-stream" });
    } catch {
      return connect(url, to);
    }
    const port = worker.port;

    function alone() {
      if (own) return;
      clearInterval(pulse);
      port.postMessage({ bye: true });
      port.close();
      own = connect(url, to);
      if (wanted !== null) own.from(wanted);
    }

    worker.onerror = alone;
    port.onmessage = ({ data }) => {
      heard = Date.now();
      if (data.kind) {
        if (data.id && later(data.id, wanted)) wanted = data.id;
        to.onMessage(data.kind, data.id, data.data);
      } else if (data.status) to.onStatus(data.status);
      else if (data.missed) to.onMissed();
    };
    const ask = () => {
      const before = heard;
      port.postMessage({ ping: true });
      setTimeout(() => heard === before && !document.hidden && alone(), DEAF_MS);
    };
    const pulse = setInterval(ask, PING_MS);
    addEventListener("pagehide", () => port.postMessage({ bye: true }));
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    ask();

    return {
      from(id) {
        wanted = id;
        if (own) own.from(id);
        else port.postMessage({ url, from: id });
      },
      again() {
        if (own) own.again();
        else port.postMessage({ again: true });
      },
      close() {
        clearInterval(pulse);
        if (own) own.close();
        else port.postMessage({ bye: true });
      },
    };
  }

  /**
   * Opens the stream.
   * @param {string} url
   * @param {{onMessage: function, onStatus: function, onMissed: function}} to frames, connection states, lost frames
   * @param {boolean} [alone] never share
   */
  function open(url, to, alone) {
    const script = document.querySelector("script[data-stream]")?.dataset.stream;
    if (alone || typeof SharedWorker === "undefined" || !script) return connect(url, to);
    return shared(url, script, to);
  }

  quanyu.stream = { open, connect, backoff, later };
  if (typeof SharedWorkerGlobalScope !== "undefined" && globalThis instanceof SharedWorkerGlobalScope) {
    serve(/** @type {SharedWorkerGlobalScope} */ (globalThis));
  }
})((globalThis.quanyu = globalThis.quanyu || {}));
