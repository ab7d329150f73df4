/**
 * Types of the live protocol, as `tests/contract/*.json` shows them. Comments only: nothing runs here.
 *
 * @typedef {"zh"|"en"} Lang
 * @typedef {Object<string, number>} Counts counters of one region, absolute
 * @typedef {Object} Region
 * @property {string} code
 * @property {string} level district|street|community|grid|micro_grid
 * @property {string} kind
 * @property {string} zh
 * @property {string|null} en
 * @property {string|null} parent
 * @property {number} lon
 * @property {number} lat
 * @property {string} street code of its street, "" for the district
 *
 * @typedef {Object} EventRecord
 * @property {number} id
 * @property {string} code
 * @property {number} v version
 * @property {string} r region code
 * @property {string} src source key
 * @property {number} cat category id
 * @property {number} top id of its level-1 category
 * @property {number} sev
 * @property {string} stage
 * @property {string} state open|closed|void
 * @property {number|null} x longitude in 1e-5 degrees
 * @property {number|null} y latitude in 1e-5 degrees
 * @property {number} t reported, ms
 * @property {number} u last changed, ms
 * @property {number|null} due
 * @property {number|null} warn
 * @property {number|null} closed
 * @property {number} esc
 * @property {number} sup 2 under an open order, 1 under an open reminder, 0 neither
 * @property {number} al alert level 0|1|2
 * @property {number} late 1 while open and overdue
 * @property {string} why
 *
 * @typedef {Object} Trend
 * @property {number} at
 * @property {Object<string, Array<number|[number, number]>>} today
 * @property {Object<string, Array<number|[number, number]>>} yesterday
 * @property {Object<string, *>} elapsed values at the same elapsed moment of yesterday
 * @property {{dates: string[], on_time_due: [number, number][], satisfaction: [number, number][]}} days
 *
 * @typedef {Object} Frame
 * @property {number} epoch
 * @property {number} offset
 * @property {string} kind
 * @property {Object[]} parts
 */
