/** Cells of the table of events, as components of its grid. They only draw what a row holds. */
(function (quanyu) {
  "use strict";

  const h = (/** @type {Array<*>} */ ...given) => window.React.createElement(...given);

  /** "11-20 14:32" in the district's zone. @param {?number} ms */
  function moment(ms) {
    if (ms === null || ms === undefined) return "";
    const p = quanyu.clock.local(ms);
    return `${p.month}-${p.day} ${p.hour}:${p.minute}`;
  }

  /** Time left, with its shape. @param {{data: ?Object}} props */
  function due({ data }) {
    if (!data) return null;
    const { glyph, text } = quanyu.eventTiming.of(data, quanyu.clock.now());
    return h("span", { className: "evt-due" }, [
      h("i", { key: 1, className: `st ${glyph}`, "aria-hidden": true }),
      h("span", { key: 2, className: quanyu.eventTiming.tone(glyph) }, text),
    ]);
  }

  /** The code as a link to the event's own page; a plain click opens the drawer. @param {{data: ?Object}} props */
  function code({ data }) {
    if (!data) return null;
    return h("a", { href: `/event/${encodeURIComponent(data.code)}`, "data-event": data.code, title: data.code, tabIndex: -1 },
      h("bdi", null, data.code));
  }

  /** @param {{data: ?Object}} props */
  function region({ data }) {
    if (!data) return null;
    return h("span", { title: data.region }, data.region);
  }

  /** @param {{data: ?Object}} props */
  function severity({ data }) {
    return data ? quanyu.words.t(`one.severity_${data.severity}`) : null;
  }

  /** @param {{data: ?Object}} props */
  function source({ data }) {
    return data ? h("span", { className: "t2" }, quanyu.words.t(`source.${data.source}`)) : null;
  }

  /** A moment of the row, by the column. @param {{data: ?Object, colDef: {field: string}}} props */
  function at({ data, colDef }) {
    return data ? h("span", { className: "t2 num" }, moment(data[`${colDef.field}_ms`])) : null;
  }

  Object.assign((window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {}), {
    QuanyuDue: due,
    QuanyuCode: code,
    QuanyuRegion: region,
    QuanyuSeverity: severity,
    QuanyuSource: source,
    QuanyuMoment: at,
  });
  quanyu.eventCells = { moment };
})((globalThis.quanyu = globalThis.quanyu || {}));
