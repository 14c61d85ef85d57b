import { mix } from "../lib/theme.mjs";
import { clamp } from "../maths/coordinates.mjs";

/** @import { Column } from "./column.mjs" */
/** @import { Embedding } from "../model/embedding.mjs" */

/**
 * What a point is drawn as: its class, or, where a column colours the map, a mark for the column's value, which is an index
 * into the palette just so.
 */

/** Shades from a column's least number to its largest; the next mark is for what is not known. */
export const SHADES = 64;
/** No palette has it, so that it is not drawn. */
export const HIDDEN = 255;
/** Texts that have a colour of their own; of more, the last one is for all others. */
export const LISTED = 10;
/** Of the numbers' width: what two roundings may be apart. */
const ROUNDING = 1e-5;

/** @typedef {{from: number, to: number}} Limits what is shown of a column of numbers; infinite for no limit */

export const NO_LIMITS = { from: -Infinity, to: Infinity };

/** A column's marks by its codes. @param {Column} column @param {Limits} [limits] of numbers @returns {Uint8Array} */
export function marksByCode(column, limits = NO_LIMITS) {
  return column.kind === "text" ? marksOfTexts(column) : marksOfNumbers(column, limits);
}

/** @param {Column} column @param {Limits} limits */
function marksOfNumbers({ step, range: [least, most], unknown }, { from, to }) {
  const slack = ROUNDING * (most - least);
  const marks = Uint8Array.from({ length: unknown + 1 }, (_, code) => {
    const value = least + code * step;
    if (value < from - slack || value > to + slack) return HIDDEN;
    return clamp(Math.floor((SHADES * (value - least)) / (most - least || 1)), 0, SHADES - 1);
  });
  marks[unknown] = from === -Infinity && to === Infinity ? SHADES : HIDDEN;
  return marks;
}

/** @param {Column} column */
const marksOfTexts = ({ values, unknown }) => Uint8Array.from({ length: unknown + 1 }, (_, code) => Math.min(code, ownTexts(values)));

/** How many texts have a mark of their own. @param {readonly string[]} values */
export const ownTexts = (values) => (values.length <= LISTED ? values.length : LISTED - 1);

/** What the marks of a column of texts are called. @param {Column} column @returns {string[]} */
export function textNames({ values, codes, unknown }) {
  const own = ownTexts(values);
  const isMore = codes.some((code) => code >= own);
  const rest = values.length > own ? `other (${values.length - own})` : "not known";
  return [...values.slice(0, own), ...(isMore || codes.includes(unknown) ? [rest] : [])];
}

/** Give a map's points their marks. @param {Embedding} embedding @param {Column | null} column null: their classes are @param {Uint8Array} byCode */
export function mark(embedding, column, byCode) {
  if (column) embedding.marks = Uint8Array.from(embedding.index, (image) => byCode[column.codes[image] ?? column.unknown]);
  else delete embedding.marks;
}

/** By row. @param {Pick<Embedding, "labels" | "marks">} embedding */
export const marksOf = ({ labels, marks }) => marks ?? labels;

/** As many colours as `SHADES`, evenly from the first of a scale to its last. @param {readonly string[]} scale @returns {string[]} */
export function shadesOf(scale) {
  return Array.from({ length: SHADES }, (_, nth) => {
    const place = (nth * (scale.length - 1)) / (SHADES - 1);
    const before = Math.min(Math.floor(place), scale.length - 2);
    return mix(scale[before], scale[before + 1], place - before);
  });
}

/** "0.5~2", "" for no limits. @param {Limits} limits */
export function limitsText({ from, to }) {
  const [low, high] = [from, to].map((limit) => (Number.isFinite(limit) ? String(Number(limit.toPrecision(6))) : ""));
  return low || high ? `${low}~${high}` : "";
}

/** @param {string} text @returns {Limits} */
export function limitsFrom(text) {
  if (!text.includes("~")) return NO_LIMITS;
  const [low, high] = text.split("~").map((part) => (part ? Number(part) : NaN));
  return { from: Number.isFinite(low) ? low : -Infinity, to: Number.isFinite(high) ? high : Infinity };
}
