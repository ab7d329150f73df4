/**
 * From the network to the store: snapshot, stream, gaps, resets, and whether what is shown is live.
 * Owns the connection's state machine; painters only see `quanyu.link.view`.
 */
(function (quanyu) {
  "use strict";

  const BEAT_MS = 2000;
  const MISSED_BEATS = 3;
  const RESET_WAIT_MS = 10000;

  /** @type {?Object} */
  let state = null;
  let stream = null;
  let heard = 0;
  let since = 0;
  let connection = { state: "waiting", attempt: 0, retry_at: 0 };
  let loading = null;
  let waiting = 0;
  let failures = 0;
  let stood = false;
  let denied = false;
  let options = { base: "/live" };
  /** Frames that came while a snapshot was on its way; they are applied to it again. */
  let meanwhile = [];
  let before = null;
  const listeners = new Set();
  const hearers = new Set();

  /**
   * Starts once: snapshot first, then the stream from its place on, so that nothing lies between.
   * A light start keeps beats only; other frames pass through to those who listen to frames.
   * @param {{base?: string, alone?: boolean, light?: boolean}} given
   */
  function start(given) {
    options = { ...options, ...given };
    since = Date.now();
    stream = quanyu.stream.open(`${options.base}/stream`, {
      onMessage: receive,
      onStatus: (now) => {
        connection = now;
        if (now.state === "waiting") askWhether();
        else stood = true;
        tell(null);
      },
      onMissed: () => {
        hear("reset", []);
        refetch(Math.random() * 1000);
      },
    }, options.alone);
    if (options.light) {
      state = { epoch: 0, offset: 0, feeds: {}, beat_ms: 0 };
      stream.from("");
    } else fetchSnapshot();
  }

  /**
   * A stream that failed may have been ended on purpose: who may not look any more sees nothing at once. Who never
   * might (administrators see no live picture) does without.
   */
  async function askWhether() {
    try {
      const answer = await fetch(`${options.base}/map`, { cache: "no-store" });
      if (answer.status === 401 || (answer.status === 403 && stood)) location.reload();
      else if (answer.status === 403) {
        denied = true;
        stream.close();
      }
    } catch {
      // the server is away; the stream goes on trying
    }
  }

  async function fetchSnapshot() {
    if (loading) return;
    meanwhile = [];
    before = state && { epoch: state.epoch, offset: state.offset };
    loading = fetch(`${options.base}/snapshot`, { cache: "no-store" });
    try {
      const answer = await loading;
      if (answer.status === 401 || answer.status === 403) return void location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      accept(await answer.json());
    } catch {
      failures += 1;
      const wait_ms = quanyu.stream.backoff(failures);
      if (!state) connection = { state: "waiting", attempt: failures, retry_at: Date.now() + wait_ms };
      tell(null);
      refetch(wait_ms, true);
    } finally {
      loading = null;
    }
  }

  function accept(snapshot) {
    failures = 0;
    if (!snapshot.district) {
      quanyu.link.empty = true;
      tell(null);
      return refetch(5000);
    }
    quanyu.link.empty = false;
    const fresh = quanyu.store.load(snapshot);
    if (before && quanyu.store.isNewer(fresh, before)) return refetch(1000);
    state = fresh;
    heard = Date.now();
    quanyu.clock.setZone(snapshot.district.timezone || "Asia/Shanghai");
    quanyu.clock.jump(snapshot.as_of);
    stream.from(`${state.epoch}:${state.offset}`);
    for (const frame of meanwhile.splice(0)) quanyu.store.apply(state, frame);
    tell("snapshot");
  }

  function refetch(wait_ms, keep) {
    if (options.light || (waiting && keep)) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      waiting = 0;
      fetchSnapshot();
    }, wait_ms);
  }

  /** One message of the stream: "id: 7:123", and a JSON part on each line. */
  function receive(kind, id, data) {
    if (options.light && kind !== "beat" && !hearers.size) return;
    const [epoch, offset] = (id || "0:0").split(":").map(Number);
    let parts;
    try {
      parts = data.split("\n").map((line) => JSON.parse(line));
    } catch {
      return refetch(1000);
    }
    hear(kind, parts);
    if (options.light && kind !== "beat") return;
    take({ epoch, offset, kind, parts });
  }

  /** @param {string} kind @param {Object[]} parts */
  function hear(kind, parts) {
    for (const hearer of hearers) hearer(kind, parts);
  }

  function take(frame) {
    if (!state) return;
    if (loading) meanwhile.push(frame);
    const changes = quanyu.store.apply(state, frame);
    if (changes.beat) {
      heard = Date.now();
      quanyu.clock.sync(state.beat_ms);
    }
    if (changes.reset) refetch(Math.random() * RESET_WAIT_MS);
    tell(changes);
  }

  /** @param {?Object|"snapshot"} changes */
  function tell(changes) {
    for (const listener of listeners) listener(changes);
  }

  /** "wait" before the first data, "lost" after three missed beats, "live" otherwise. */
  function status() {
    if (denied) return "wait";
    if (!state || !heard) return Date.now() - since > 8000 && connection.attempt > 0 ? "lost" : "wait";
    return Date.now() - heard > BEAT_MS * MISSED_BEATS ? "lost" : "live";
  }

  quanyu.link = {
    start, status, empty: false,
    /** @param {function(?Object|"snapshot"): void} listener */
    onChange: (listener) => listeners.add(listener),
    /** Every frame as it comes; "reset" where frames were lost. @param {function(string, Object[]): void} hearer */
    onFrame: (hearer) => hearers.add(hearer),
    /** Connects and fetches at once. */
    again() {
      stream.again();
      if (!state) refetch(0);
    },
    get state() {
      return state;
    },
    feeds: () => quanyu.feeds.ages(state, quanyu.clock.now()),
    get connection() {
      return connection;
    },
    /** When the last beat came, by the database's clock, ms. */
    get seen_ms() {
      return state ? state.beat_ms : null;
    },
    /** For how long nothing was heard, ms. */
    get silent_ms() {
      return Date.now() - (state ? heard : since);
    },
  };
})((globalThis.quanyu = globalThis.quanyu || {}));
