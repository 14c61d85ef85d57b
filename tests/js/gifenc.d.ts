/** The GIF encoder brings no types of its own: what we use of it, see `pages/ui/browser/media/gif.mjs`. */
declare module "gifenc" {
  export const GIFEncoder: import("../../pages/ui/browser/media/gif.mjs").Gifenc["GIFEncoder"];
  export const quantize: import("../../pages/ui/browser/media/gif.mjs").Gifenc["quantize"];
  export const applyPalette: import("../../pages/ui/browser/media/gif.mjs").Gifenc["applyPalette"];
}
