/**
 * Image values to bytes, with alpha.
 * @param {ArrayLike<number>} image C·H·W values, 0 to 1 (what lies outside is clipped)
 * @param {number} channels 1 or 3
 * @param {Uint8ClampedArray} rgba H·W·4, written in place
 * @param {number} [scale] 255 for floats, 1 for bytes
 */
export function toRgba(image, channels, rgba, scale = 255) {
  const pixels = rgba.length / 4;
  const [green, blue] = channels === 3 ? [pixels, 2 * pixels] : [0, 0];
  for (let index = 0, to = 0; index < pixels; index++, to += 4) {
    rgba[to] = image[index] * scale; // a clamped array rounds and clips by itself
    rgba[to + 1] = image[index + green] * scale;
    rgba[to + 2] = image[index + blue] * scale;
    rgba[to + 3] = 255;
  }
}

/**
 * Paints images of one shape onto a canvas at their native size; CSS scales them up.
 * @param {HTMLCanvasElement} canvas @param {[number, number, number]} shape (C, H, W)
 * @returns {(image: ArrayLike<number>, scale?: number) => void}
 */
export function painter(canvas, [channels, height, width]) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { alpha: false });
  const pixels = new ImageData(width, height);
  const put = () => context?.putImageData(pixels, 0, 0);
  canvas.addEventListener("contextrestored", put); // the graphics card had lost what was painted
  return (image, scale = 255) => {
    toRgba(image, channels, pixels.data, scale);
    put();
  };
}
