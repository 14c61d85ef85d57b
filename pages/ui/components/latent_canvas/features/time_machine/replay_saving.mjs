import { LARGEST_BATCH, latticePoints, latticeSize, lifted } from "../../../../browser/map/layers/lattice.mjs";
import { between, eased, startingPlaces } from "../../../../browser/model/travel.mjs";
import { download } from "../../../../browser/media/film.mjs";
import { figuresOf, momentOf } from "./time_panel.mjs";
import { flattened } from "../../../../browser/maths/paths.mjs";
import { gifWriter, loadGifenc } from "../../../../browser/media/gif.mjs";
import { marksOf } from "../../../../browser/legend/marks.mjs";
import { pointStyle, Raster } from "../../../../browser/map/raster.mjs";
import { inSlices, nextTask } from "../../../../browser/map/slices.mjs";
import { placedOn } from "../../../../browser/model/embedding.mjs";
import { project } from "../../../../browser/model/plane.mjs";
import { readBack } from "../../../../browser/media/read_back.mjs";
import { toPixels } from "../../../../browser/maths/coordinates.mjs";
import { toRgba } from "../../../../browser/media/painter.mjs";

/** @import { DecodeBatch } from "../../../../browser/maths/pullback.mjs" */
/** @import { Decoder } from "../../../../browser/model/decoder.mjs" */
/** @import { Embedding, SentPoints } from "../../../../browser/model/embedding.mjs" */
/** @import { Moment } from "../../../../browser/lib/contract.mjs" */
/** @import { Paint } from "../../shared/coloring.mjs" */
/** @import { Places } from "../../../../browser/model/travel.mjs" */
/** @import { Plane } from "../../../../browser/model/plane.mjs" */
/** @import { Point } from "../../../../browser/lib/types.mjs" */
/** @import { Theme } from "../../../../browser/lib/theme.mjs" */
/** @import { View } from "../../../../browser/maths/coordinates.mjs" */

/**
 * An epoch of the replay, or now. Its decoder is freed once its images are there, unless that of now is only lent.
 * @typedef {object} Stop
 * @property {Moment | null} moment null where now is between two epochs
 * @property {() => Promise<{decoder: Decoder, points: SentPoints}>} open
 *
 * @typedef {Scene & Paint & {plane: Plane, handles: number[][], lattice: number[] | null, epochs: number}} Replayed handles: all D
 *   coordinates of each; lattice: those that the plane does not show, null for no lattice
 *
 * What one stop shows.
 * @typedef {{embedding: Embedding, images: Float32Array, lattice: SceneFrame["lattice"], caption: string}} Still
 */

/**
 * Keep a training as an animated GIF: map, handles and their images, epoch by epoch, points travelling between them. It
 * is made frame by frame, so that the page goes on meanwhile.
 * @param {readonly Stop[]} stops @param {Replayed} replayed
 * @param {{gifenc: string, dwellMs: number, signal: AbortSignal}} how dwellMs: how long an epoch stands
 * @param {(share: number) => void} progress 0 to 1
 * Throws Explained where the encoder or an epoch cannot be loaded, an AbortError once called off.
 */
export async function saveReplay(stops, replayed, { gifenc, dwellMs, signal }, progress) {
  const layout = layScene(replayed.handles.length, replayed.shape);
  const library = await loadGifenc(gifenc);
  const painter = new ScenePainter(replayed, layout);
  const { lattice: z, plane, shape } = replayed;
  const stillAt = stillsOf(stops, replayed, z && replayedLattice(painter.view, plane, z, shape));
  const paint = painting(painter, replayed);
  const samples = [await paint(await stillAt(0)), await paint(await stillAt(stops.length - 1))]; // which hold all colours
  const writer = gifWriter(library, samples, layout.width, layout.height);
  const frames = planFrames(stops.length, dwellMs);
  for (const [number, { stop, share, delayMs }] of frames.entries()) {
    const still = await stillAt(stop);
    writer.add(await (share < 1 ? paint(still, await stillAt(stop - 1), share) : paint(still)), delayMs);
    progress((number + 1) / frames.length);
    await nextTask();
    signal.throwIfAborted();
  }
  download(new Blob([/** @type {BlobPart} */ (writer.finish())], { type: "image/gif" }), "training.gif");
}

/** @param {ScenePainter} painter @param {Replayed} replayed */
function painting(painter, { handles, plane }) {
  const places = handles.map((z) => project(plane, z));
  /** @param {Still} still @param {Still} [before] where its points come from @param {number} [share] of the way */
  return ({ embedding, images, lattice, caption }, before, share = 1) => {
    const from = before && startingPlaces(before.embedding, embedding);
    const there = from ? between(from, embedding, eased(share)) : embedding;
    return painter.paint({ places: there, marks: marksOf(embedding), handles: places, images, lattice, caption });
  };
}

/**
 * What each stop shows, made when it is asked for; only the first, the last and the two asked for latest are kept.
 * @param {readonly Stop[]} stops @param {Replayed} replayed @param {ReturnType<typeof replayedLattice> | null} lattice
 */
function stillsOf(stops, replayed, lattice) {
  /** @type {Map<number, Still>} */
  const kept = new Map();
  return async (/** @type {number} */ index) => {
    const still = kept.get(index) ?? (await stillOf(stops[index], replayed, lattice));
    kept.set(index, still);
    for (const other of kept.keys()) if (other > 0 && other < index - 1) kept.delete(other);
    return still;
  };
}

/**
 * @param {Stop} stop @param {Replayed} replayed @param {ReturnType<typeof replayedLattice> | null} lattice
 * @returns {Promise<Still>}
 */
async function stillOf({ moment, open }, { plane, handles, epochs, mark }, lattice) {
  const { decoder, points } = await open();
  const zs = flattened(handles.map((z) => Float64Array.from(z)));
  const images = (await decoder.decodeBatch(zs, handles.length)).slice();
  const behind = lattice ? await lattice(decoder.decodeBatch) : [];
  decoder.release();
  const figures = moment ? figuresOf(moment).map(({ text }) => text) : [];
  const caption = [moment ? momentOf(moment, epochs) : "Now", ...figures].join("   ");
  const embedding = placedOn(await points.exact.get(), plane);
  mark(embedding);
  return { embedding, images, lattice: behind, caption };
}

/**
 * What stays the same in all frames.
 * @typedef {object} Scene
 * @property {Theme} theme
 * @property {string[]} colors by mark
 * @property {string[]} symbols
 * @property {(mark: number) => boolean} isShown
 * @property {readonly [number, number, number]} shape (C, H, W) of the images
 * @property {Pick<View, "x" | "y">} ranges of the map
 *
 * What one frame shows.
 * @typedef {object} SceneFrame
 * @property {Places} places
 * @property {ArrayLike<number>} marks of the points
 * @property {{box: Box, image: Float32Array}[]} lattice behind the points
 * @property {Point[]} handles their places on the map
 * @property {Float32Array} images of the handles, row by row
 * @property {string} caption
 */

const RING = 11;
const FRAME = 2;

/** Draws the frames of a replay, without anything of the page: map, handles, their images, and a line of words. */
export class ScenePainter {
  /** @param {Scene} scene @param {SceneLayout} layout */
  constructor(scene, layout) {
    this.scene = scene;
    this.layout = layout;
    this.canvas = new OffscreenCanvas(layout.width, layout.height);
    this.context = /** @type {OffscreenCanvasRenderingContext2D} */ (
      this.canvas.getContext("2d", { willReadFrequently: true, alpha: false })
    );
    this.image = new OffscreenCanvas(scene.shape[2], scene.shape[1]);
    this.view = { ...layout.map, x: scene.ranges.x, y: scene.ranges.y };
    this.raster = new Raster();
    this.points = new OffscreenCanvas(layout.width, layout.height);
  }

  /** @param {SceneFrame} frame @returns {Promise<Uint8ClampedArray>} RGBA */
  async paint(frame) {
    const { context, layout, scene } = this;
    context.fillStyle = scene.theme.ground;
    context.fillRect(0, 0, layout.width, layout.height);
    this.#lattice(frame);
    this.#axes();
    this.#points(frame);
    frame.handles.forEach((place, index) => this.#handle(place, index));
    layout.images.forEach((_, index) => this.#image(frame.images, index));
    this.#text(frame.caption, layout.caption.left, layout.caption.top + layout.caption.height / 2, "left");
    return readBack(this.canvas);
  }

  #axes() {
    const { context, view, scene } = this;
    const [x, y] = toPixels(view, [0, 0]).map((pixel) => Math.round(pixel) + 0.5);
    context.strokeStyle = scene.theme.grid;
    context.strokeRect(view.left + 0.5, view.top + 0.5, view.width - 1, view.height - 1);
    context.beginPath();
    context.moveTo(x, view.top);
    context.lineTo(x, view.top + view.height);
    context.moveTo(view.left, y);
    context.lineTo(view.left + view.width, y);
    context.stroke();
  }

  /** @param {SceneFrame} frame */
  #lattice({ lattice }) {
    const { context, view } = this;
    context.save();
    context.beginPath();
    context.rect(view.left, view.top, view.width, view.height);
    context.clip(); // the outermost lie half outside
    for (const { box, image } of lattice) this.#pixels(image, box);
    context.restore();
  }

  /** @param {SceneFrame} frame */
  #points({ places, marks }) {
    const { context, layout, scene, view } = this;
    this.raster.dress(scene, pointStyle(marks.length, layout.map.width).size);
    const { pixels, left, top, width, height } = this.raster.draw(places, marks, view, 1, scene.isShown);
    const own = /** @type {OffscreenCanvasRenderingContext2D} */ (this.points.getContext("2d"));
    own.putImageData(new ImageData(pixels, width, height), left, top);
    context.drawImage(this.points, 0, 0);
  }

  /** @param {Point} place @param {number} index */
  #handle(place, index) {
    const { context, scene, view } = this;
    const [x, y] = toPixels(view, place);
    context.beginPath();
    context.arc(x, y, RING, 0, 2 * Math.PI);
    context.fillStyle = scene.theme.ground;
    context.fill();
    context.lineWidth = FRAME;
    context.strokeStyle = scene.theme.ink;
    context.stroke();
    this.#text(String(index + 1), x, y + 0.5, "center");
  }

  /** @param {Float32Array} images @param {number} index */
  #image(images, index) {
    const { context, layout, scene } = this;
    const { left, top, width, height } = layout.images[index];
    const length = images.length / layout.images.length;
    this.#pixels(images.subarray(index * length, (index + 1) * length), layout.images[index]);
    context.lineWidth = FRAME;
    context.strokeStyle = scene.theme.accent;
    context.strokeRect(left, top, width, height);
    this.#text(String(index + 1), left + RING, top + RING, "center");
  }

  /** @param {Float32Array} image @param {Box} box where to draw it */
  #pixels(image, { left, top, width, height }) {
    const [channels, h, w] = this.scene.shape;
    const pixels = new ImageData(w, h);
    toRgba(image, channels, pixels.data);
    this.image.getContext("2d")?.putImageData(pixels, 0, 0);
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(this.image, left, top, width, height);
  }

  /** @param {string} text @param {number} x @param {number} y @param {"left" | "center"} align */
  #text(text, x, y, align) {
    const { context, scene } = this;
    context.font = `600 13px ${scene.theme.font}`;
    context.textAlign = align;
    context.textBaseline = "middle";
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.strokeStyle = scene.theme.ground; // a halo, so that it reads on any image
    context.strokeText(text, x, y);
    context.fillStyle = scene.theme.ink;
    context.fillText(text, x, y);
  }
}

/**
 * The lattice behind the points of a replay: the same places in all its frames, decoded anew for each epoch.
 * @param {View} view of the map, in pixels of the replay
 * @param {Plane} plane @param {ArrayLike<number>} z (D,), what the plane does not show
 * @param {readonly [number, number, number]} shape (C, H, W) of an image
 */
export function replayedLattice(view, plane, z, [, height, width]) {
  const { points, half, levels } = latticePoints(view, latticeSize(view), "linear", plane.kind === "line");
  const perUnit = view.width / (view.x[1] - view.x[0]);
  const larger = Math.max(height, width);
  /** @type {Box[]} */
  const boxes = points.map((point) => {
    const [x, y] = toPixels(view, [point.x, point.y]);
    const side = 2 * half(point, levels) * perUnit;
    const [w, h] = [(side * width) / larger, (side * height) / larger];
    return { left: x - w / 2, top: y - h / 2, width: w, height: h };
  });
  /** @param {DecodeBatch} decodeBatch of an epoch */
  return async (decodeBatch) => {
    /** @type {{box: Box, image: Float32Array}[]} */
    const decoded = [];
    const work = async (/** @type {typeof points} */ batch) => {
      const images = await decodeBatch(lifted(batch, plane, z), batch.length);
      const length = images.length / batch.length;
      batch.forEach((_, index) =>
        decoded.push({ box: boxes[decoded.length], image: images.slice(index * length, (index + 1) * length) }),
      );
    };
    await inSlices(points, work, { most: LARGEST_BATCH });
    return decoded;
  };
}

// What a GIF of a training consists of and where things stand in it; everything in pixels of the GIF.

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
