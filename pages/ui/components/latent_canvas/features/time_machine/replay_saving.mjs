import { placedOn } from "../../../../browser/model/embedding.mjs";
import { download } from "../../../../browser/media/film.mjs";
import { gifWriter, loadGifenc } from "../../../../browser/media/gif.mjs";
import { flattened } from "../../../../browser/maths/paths.mjs";
import { project } from "../../../../browser/model/plane.mjs";
import { layScene, planFrames } from "./replay_plan.mjs";
import { replayedLattice, ScenePainter } from "./replay_scene.mjs";
import { nextTask } from "../../../../browser/map/slices.mjs";
import { figuresOf } from "./time_panel.mjs";
import { between, eased, startingPlaces } from "../../../../browser/model/travel.mjs";

/** @import { Decoder } from "../../../../browser/model/decoder.mjs" */
/** @import { Embedding, Posteriors } from "../../../../browser/model/embedding.mjs" */
/** @import { Plane } from "../../../../browser/model/plane.mjs" */
/** @import { Scene, SceneFrame } from "./replay_scene.mjs" */
/** @import { Moment } from "../../../../browser/lib/contract.mjs" */

/**
 * An epoch of the replay, or now. Its decoder is freed once its images are there, unless that of now is only lent.
 * @typedef {object} Stop
 * @property {Moment | null} moment null where now is between two epochs
 * @property {() => Promise<{decoder: Decoder, posteriors: Posteriors}>} open
 *
 * @typedef {Scene & {plane: Plane, handles: number[][], lattice: number[] | null, epochs: number}} Replayed handles: all D
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
  const samples = [paint(await stillAt(0)), paint(await stillAt(stops.length - 1))]; // which hold all colours
  const writer = gifWriter(library, samples, layout.width, layout.height);
  const frames = planFrames(stops.length, dwellMs);
  for (const [number, { stop, share, delayMs }] of frames.entries()) {
    const still = await stillAt(stop);
    writer.add(share < 1 ? paint(still, await stillAt(stop - 1), share) : paint(still), delayMs);
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
    return painter.paint({ places: there, labels: embedding.labels, handles: places, images, lattice, caption });
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
async function stillOf({ moment, open }, { plane, handles, epochs }, lattice) {
  const { decoder, posteriors } = await open();
  const zs = flattened(handles.map((z) => Float64Array.from(z)));
  const images = (await decoder.decodeBatch(zs, handles.length)).slice();
  const behind = lattice ? await lattice(decoder.decodeBatch) : [];
  decoder.release();
  const figures = moment ? figuresOf(moment).map(({ text }) => text) : [];
  const caption = [moment ? `Epoch ${moment.epoch} of ${epochs}` : "Now", ...figures].join("   ");
  return { embedding: placedOn(posteriors, plane), images, lattice: behind, caption };
}
