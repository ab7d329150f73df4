/** How far an import is: one stream for the import on the page, painted in place. */
(function (quanyu) {
  "use strict";

  const AGAIN_MS = 3000;
  /** @type {?EventSource} */
  let source = null;
  let following = "";
  let again = 0;

  /**
   * Follows an import as long as it moves.
   * @param {?{id: number, stamp: string, moving: boolean}} shown what the page shows of it
   * @param {function(string): void} renew called when the page has to be laid out anew
   */
  function follow(shown, renew) {
    const wanted = shown && shown.moving ? `${shown.id} ${shown.stamp}` : "";
    if (wanted === following) return;
    stop();
    following = wanted;
    if (!wanted) return;
    const open = () => {
      source = new EventSource(`/admin/imports/${shown.id}/progress`);
      source.addEventListener("progress", (event) => {
        const now = JSON.parse(event.data);
        paint(now);
        if (now.stamp !== shown.stamp) {
          stop();
          renew(now.stamp);
        }
      });
      source.onerror = () => {
        source?.close();
        again = window.setTimeout(open, AGAIN_MS);
      };
    };
    open();
  }

  /** Stops following. */
  function stop() {
    window.clearTimeout(again);
    source?.close();
    source = null;
    following = "";
  }

  /** @param {{state: string, read: number, total: ?number}} now */
  function paint(now) {
    const bar = document.getElementById("import-bar");
    if (!bar || now.state !== "running") return;
    const { dom, words, format } = quanyu;
    const share = now.total ? Math.min(1, now.read / now.total) : null;
    const percent = share === null ? "" : `${Math.floor(share * 100)}%`;
    dom.style(bar.querySelector(".bar i"), "width", share === null ? "0" : `${share * 100}%`);
    if (share !== null) dom.attr(bar, "aria-valuenow", Math.floor(share * 100));
    const n = format.count(now.read);
    dom.text(
      bar.querySelector(".im-rd"),
      now.total ? words.t("import.rows_of", { n, all: format.count(now.total) }) : words.t("import.rows", { n }),
    );
    dom.text(bar.querySelector(".im-pc"), share === 1 ? words.t("import.writing") : percent);
  }

  quanyu.importProgress = { follow, paint };
})((globalThis.quanyu = globalThis.quanyu || {}));
