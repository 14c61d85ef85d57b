import { DECIMALS } from "./contract.mjs";

const MINUS = "\u2212";
const THIN_SPACE = "\u202f";

/** A page is in one language at a time: English, but for the lessons. */
let hasComma = false;

/** Numbers are written as in a language from now on. @param {string} language */
export function writeNumbersIn(language) {
  hasComma = (0.5).toLocaleString(language).includes(",");
}

/** A number with fixed decimals and a true minus sign; never "−0.00". @param {number} value @param {number} digits */
export function decimal(value, digits) {
  if (!Number.isFinite(value)) return "–";
  const text = Math.abs(value).toFixed(digits);
  const written = hasComma ? text.replace(".", ",") : text;
  return value < 0 && Number(text) !== 0 ? MINUS + written : written;
}

/** Numbers side by side, apart from their own decimals. @param {ArrayLike<number>} values @param {number} digits */
export const listed = (values, digits) => Array.from(values, (value) => decimal(value, digits)).join(hasComma ? "; " : ", ");

/** A whole number in groups of three. @param {number} value @returns {string} */
export const grouped = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);

/** @param {number} share 0 to 1 @returns {string} */
export const percent = (share) => `${Math.round(100 * share)}${THIN_SPACE}%`;

/** "z₁" for dimension 0. @param {number} dimension @returns {string} */
export const latentName = (dimension) =>
  "z" + [...String(dimension + 1)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("");

/** "42 s", "3 min 20 s", "2 h 5 min". @param {number} seconds @returns {string} */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A position as the address and the `data-z` hooks have it: "0.5,-1.25", `DECIMALS` at most. @param {readonly number[]} z */
export const hookText = (z) => z.map((value) => String(Number(value.toFixed(DECIMALS)) + 0)).join(",");
