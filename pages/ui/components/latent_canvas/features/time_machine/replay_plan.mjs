/** What a GIF of a training consists of and where things stand in it; everything in pixels of the GIF. */

/** A GIF of these sizes stays below about 10 MB and is made in seconds. */
const MOST_FRAMES = 150;
const MOST_BETWEEN = 5;
const MAP_SIDE = 440;
const GAP = 12;
const CAPTION = 40;
const COLUMN = 132;

const BETWEEN_MS = 50;
const LAST_MS = 2000;

/** @typedef {{stop: number, share: number, delayMs: number}} PlannedFrame share of the way there, 1 for being there */

/**
 * Points travel to each epoch in a few frames, fewer the more epochs there are, and it stands for a moment. Of more epochs
 * than there may be frames some are left out, but never the first or the last.
 * @param {number} stops how many @param {number} dwellMs how long one stands @param {number} [most] frames
 * @returns {PlannedFrame[]}
 */
export function planFrames(stops, dwellMs, most = MOST_FRAMES) {
  const every = Math.max(1, Math.ceil((stops - 1) / (most - 1)));
  const shown = Array.from({ length: stops }, (_, stop) => stop).filter((stop) => stop % every === 0 || stop === stops - 1);
  const between = every > 1 ? 0 : Math.min(MOST_BETWEEN, Math.floor((most - stops) / Math.max(1, stops - 1)));
  return shown.flatMap((stop) => {
    const isLast = stop === stops - 1;
    const delayMs = isLast ? LAST_MS : Math.max(BETWEEN_MS, dwellMs - between * BETWEEN_MS);
    const way = Array.from({ length: stop ? between : 0 }, (_, step) => (step + 1) / (between + 1));
    return [...way.map((share) => ({ stop, share, delayMs: BETWEEN_MS })), { stop, share: 1, delayMs }];
  });
}

/**
 * @typedef {{left: number, top: number, width: number, height: number}} Box
 * @typedef {{width: number, height: number, map: Box, caption: Box, images: Box[]}} SceneLayout
 */

/**
 * The map on the left, the handles' images in a column beside it, in two or three where they are many, and a line of
 * words below.
 * @param {number} count of images @param {readonly [number, number, number]} shape (C, H, W) of each
 * @returns {SceneLayout}
 */
export function layScene(count, [, height, width]) {
  const columns = count <= 3 ? 1 : count <= 8 ? 2 : 3;
  const rows = Math.ceil(count / columns);
  const room = Math.min((MAP_SIDE - (rows - 1) * GAP) / rows, columns > 1 ? 0.75 * COLUMN : COLUMN);
  const scale = room / Math.max(height, width);
  const [w, h] = [Math.floor(scale * width), Math.floor(scale * height)];
  const side = columns * (w + GAP);
  return {
    width: GAP + MAP_SIDE + GAP + side,
    height: GAP + MAP_SIDE + CAPTION,
    map: { left: GAP, top: GAP, width: MAP_SIDE, height: MAP_SIDE },
    caption: { left: GAP, top: GAP + MAP_SIDE, width: MAP_SIDE + GAP + side - GAP, height: CAPTION },
    images: Array.from({ length: count }, (_, index) => ({
      left: GAP + MAP_SIDE + GAP + (index % columns) * (w + GAP),
      top: GAP + Math.floor(index / columns) * (h + GAP),
      width: w,
      height: h,
    })),
  };
}
