/** @import { Widget } from "./types.mjs" */

/**
 * Widgets by the name that a lesson's text calls them by; each is loaded when a lesson needs it.
 * @type {Record<string, () => Promise<{default: Widget<any>}>>}
 */
export const WIDGETS = {
  "three-bars": () => import("./three_bars.mjs"),
  "two-descents": () => import("./two_descents.mjs"),
  "pixel-entropy": () => import("./pixel_entropy.mjs"),
};
