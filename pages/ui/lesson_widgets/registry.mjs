/** @import { Widget } from "./types.mjs" */

/**
 * Widgets by the name that a lesson's text calls them by; each is loaded when a lesson needs it.
 * @type {Record<string, () => Promise<{default: Widget<any>}>>}
 */
export const WIDGETS = {
  "two-heads": () => import("./two_heads.mjs"),
  "gradient-routes": () => import("./gradient_routes.mjs"),
  "two-gaussians": () => import("./two_gaussians.mjs"),
  "kl-bell": () => import("./kl_bell.mjs"),
  "kl-plane": () => import("./kl_plane.mjs"),
  "three-ways": () => import("./three_ways.mjs"),
  "web-formulas": () => import("./web_formulas.mjs"),
  "squared-error": () => import("./squared_error.mjs"),
  "three-bars": () => import("./three_bars.mjs"),
  "two-descents": () => import("./two_descents.mjs"),
  "pixel-entropy": () => import("./pixel_entropy.mjs"),
  "twelve-differences": () => import("./twelve_differences.mjs"),
  "rate-distortion": () => import("./rate_distortion.mjs"),
  "three-sources": () => import("./three_sources.mjs"),
};
