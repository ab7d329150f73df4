/** Fetches files of panels and keeps them, copies pictures, and says how it went. Owns the addresses of exports. */
(function (quanyu) {
  "use strict";

  const ADDRESS = "/export";
  const PICTURES = new Set(["png", "svg", "copy"]);
  /** Panels that the server reads anew; of others it takes what the page shows. */
  const ASKED = new Set(["figures", "map", "trends", "ranking", "crew", "events"]);

  /** What the page asks now. @returns {Object<string, string>} */
  function question() {
    const { event, ...query } = quanyu.desk.query();
    return { region: quanyu.desk.region().code, ...query };
  }

  /**
   * Asks the server for a file of a panel, or for what a picture of it says. @param {HTMLElement} node
   * @param {string} panel @param {string} form @returns {Promise<Response>} Error with the server's sentence
   */
  async function ask(node, panel, form) {
    const { lang } = quanyu.words;
    let answer;
    try {
      if (ASKED.has(panel)) {
        const [path, more] = PICTURES.has(form) ? [`${panel}/caption`, { form }] : [`${panel}.${form}`, {}];
        answer = await fetch(`${ADDRESS}/${path}?${new URLSearchParams({ ...question(), ...more, lang })}`);
      } else {
        const body = JSON.stringify(quanyu.exportRows.posted(panel, node, form));
        answer = await fetch(`${ADDRESS}/shown?lang=${lang}`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
      }
    } catch {
      throw new Error(quanyu.words.t("export.away"));
    }
    if (answer.ok) return answer;
    const said = await answer.json().catch(() => null);
    throw new Error(said?.error?.message || quanyu.words.t("export.away"));
  }

  /** Gives a file to the browser to keep. @param {Blob} blob @param {string} name */
  function keep(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  /** @param {HTMLElement} node @param {string} panel @param {string} form */
  async function table(node, panel, form) {
    const answer = await ask(node, panel, form);
    const name = decodeURIComponent(answer.headers.get("Content-Disposition")?.split("UTF-8''")[1] || `${panel}.${form}`);
    keep(await answer.blob(), name);
    return quanyu.words.t("export.saved", { name });
  }

  /** @param {HTMLElement} node @param {string} panel @param {"png"|"svg"} form */
  async function picture(node, panel, form) {
    const caption = await (await ask(node, panel, form)).json();
    keep(await quanyu.pictureFile[form](node, caption), caption.file_name);
    return quanyu.words.t("export.saved", { name: caption.file_name });
  }

  /** The panel as it is on screen, for another program; a file where the connection has no clipboard. */
  async function copy(node, panel) {
    const told = ask(node, panel, "copy").then((answer) => answer.json());
    const made = told.then(() => quanyu.pictureFile.png(node, null));
    if (window.isSecureContext && navigator.clipboard?.write && window.ClipboardItem) {
      await navigator.clipboard.write([new ClipboardItem({ "image/png": made })]);
      await made;
      return quanyu.words.t("export.copied");
    }
    const [caption, blob] = await Promise.all([told, made]);
    keep(blob, caption.file_name);
    return quanyu.words.t("export.no_clipboard", { name: caption.file_name });
  }

  /**
   * A long table: made in the background, kept when it is ready. @param {string} kind @param {Object<string, string>} asked
   * @param {function(string): void} say how far it is
   */
  async function long(kind, asked, say) {
    const begun = await quanyu.jobs.start(kind, asked);
    if (!begun.id) throw new Error(begun.sentence);
    return new Promise((done, failed) => {
      let over = false;
      quanyu.jobs.follow((jobs) => {
        const job = jobs.find(({ id }) => id === begun.id);
        if (!job || over) return;
        if (quanyu.jobs.moving(job)) return say(quanyu.words.t("export.so_far", { done: quanyu.format.count(job.done), total: job.total === null ? "…" : quanyu.format.count(job.total) }));
        over = true;
        if (job.state !== "done") return failed(new Error(job.error || quanyu.words.t("export.stopped")));
        const link = Object.assign(document.createElement("a"), { href: quanyu.jobs.file(job.id), download: job.file_name });
        link.click();
        done(quanyu.words.t("export.saved", { name: job.file_name }));
      });
    });
  }

  /**
   * Takes something of a panel away. @param {HTMLElement} node @param {string} panel @param {string} form
   * @param {function(string): void} say @param {Object<string, string>} [more] @returns {Promise<string>} how it went
   */
  function take(node, panel, form, say, more) {
    if (form === "copy") return copy(node, panel);
    if (PICTURES.has(form)) return picture(node, panel, form);
    if (panel === "events") return long("export.events", { ...question(), form, ...more }, say);
    if (panel === "papers") return long("export.papers", { ...Object.fromEntries(new URLSearchParams(location.search)), form, ...more }, say);
    return table(node, panel, form);
  }

  quanyu.exportFiles = { take, long };
})((globalThis.quanyu = globalThis.quanyu || {}));
