/** @import { Widget } from "./types.mjs" */

/**
 * Widgets by the name that a lesson's text calls them by; each is loaded when a lesson needs it.
 * @type {Record<string, () => Promise<{default: Widget<any>}>>}
 */
export const WIDGETS = {
  "two-heads": () => import("./widgets/two_heads.mjs"),
  "gradient-routes": () => import("./widgets/gradient_routes.mjs"),
  "two-gaussians": () => import("./widgets/two_gaussians.mjs"),
  "kl-bell": () => import("./widgets/kl_bell.mjs"),
  "kl-plane": () => import("./widgets/kl_plane.mjs"),
  "three-ways": () => import("./widgets/three_ways.mjs"),
  "web-formulas": () => import("./widgets/web_formulas.mjs"),
  "squared-error": () => import("./widgets/squared_error.mjs"),
  "three-bars": () => import("./widgets/three_bars.mjs"),
  "two-descents": () => import("./widgets/two_descents.mjs"),
  "pixel-entropy": () => import("./widgets/pixel_entropy.mjs"),
  "twelve-differences": () => import("./widgets/twelve_differences.mjs"),
  "rate-distortion": () => import("./widgets/rate_distortion.mjs"),
  "three-sources": () => import("./widgets/three_sources.mjs"),
};
