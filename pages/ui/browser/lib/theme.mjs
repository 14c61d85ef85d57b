/** @import { Shade, Shades } from "./contract.mjs" */

/**
 * @typedef {object} Theme Streamlit's theme as it stands
 * @property {boolean} dark
 * @property {string} ground
 * @property {string} ink
 * @property {string} muted
 * @property {string} accent
 * @property {string} grid barely there
 * @property {string} font
 */

/** @param {Element} element anything inside the component @returns {Theme} */
export function readTheme(element) {
  const style = getComputedStyle(element);
  /** @param {string} name @param {string} otherwise */
  const variable = (name, otherwise) => style.getPropertyValue(`--st-${name}`).trim() || otherwise;
  const ground = variable("background-color", "#FBFBF9");
  const ink = variable("text-color", "#1B1F24");
  return {
    dark: isDark(ground),
    ground,
    ink,
    muted: mix(ink, ground, 0.3),
    accent: variable("primary-color", "#C2410C"),
    grid: withAlpha(ink, 0.08),
    font: variable("font", "sans-serif"),
  };
}

/** Whether two themes would draw the same. @param {Theme} one @param {Theme} other */
export const sameTheme = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** @template {Shade | Shades} S @param {S} shades @param {Theme} theme @returns {S["light"]} */
export const shadeFor = (shades, theme) => (theme.dark ? shades.dark : shades.light);

/** Red, green, blue, 0 to 255, of "#rgb", "#rrggbb" or "rgb(…)". @param {string} color @returns {number[] | null} */
export function channels(color) {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(color)?.[1];
  if (hex) {
    const digits = hex.length < 6 ? [...hex].map((digit) => digit + digit).join("") : hex;
    return [0, 2, 4].map((index) => Number.parseInt(digits.slice(index, index + 2), 16));
  }
  const numbers = /^rgba?\(([^)]+)\)$/i.exec(color)?.[1].match(/[\d.]+/g);
  return numbers && numbers.length >= 3 ? numbers.slice(0, 3).map(Number) : null;
}

/** @param {string} ground @returns {boolean} */
export function isDark(ground) {
  const [red, green, blue] = channels(ground) ?? [255, 255, 255];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
}

/** A colour at a fraction of its opacity. @param {string} color @param {number} alpha 0 to 1 @returns {string} */
export function withAlpha(color, alpha) {
  const [red, green, blue] = channels(color) ?? [128, 128, 128];
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}

/** @param {string} one @param {string} other @param {number} share of the other, 0 to 1 @returns {string} */
export function mix(one, other, share) {
  const [first, second] = [channels(one) ?? [0, 0, 0], channels(other) ?? [255, 255, 255]];
  const mixed = first.map((value, index) => Math.round(value + share * (second[index] - value)));
  return `rgb(${mixed.join(", ")})`;
}
