import { runAddress } from "../lib/contract.mjs";
import { Explained, fetchOrExplain } from "../lib/fetching.mjs";
import { nearestInAll } from "../maths/neighbours.mjs";
import { parseSafetensors } from "./safetensors.mjs";

/** @import { Point } from "../lib/types.mjs" */
/** @import { Posteriors } from "./embedding.mjs" */
/** @import { Plane } from "./plane.mjs" */

/**
 * Points that have been given places in the plane by t-SNE, as the server computes them.
 * @typedef {object} Layout
 * @property {Float32Array} xy (n, 2)
 * @property {Int32Array} row (n,) of the embedding
 * @property {boolean} isFinal whether it stays as it is; else it is still refined
 *
 * Laid-out points with what they stand for: the only places of such a map that are places in latent space.
 * @typedef {{xy: Float32Array, rows: Int32Array, mu: Float32Array}} LaidOut mu: (n, D)
 */

/** The server needs seconds for a layout. */
const ASK_AGAIN_MS = 500;
/** A point's distance, as a share of its norm, that is the rounding of an address. */
const ROUNDING = 2e-3;

const NAMES = ["t-SNE 1", "t-SNE 2"];
/** The cosine of 45°: what a key for a direction may lead to. */
const AHEAD = Math.SQRT1_2;

/** @param {ArrayBuffer} file safetensors with xy (n, 2) and row (n,) @returns {Layout} Throws Explained for another. */
export function readLayout(file) {
  const { xy, row, final } = parseSafetensors(file).tensors;
  if (xy?.shape[1] !== 2 || row?.shape[0] !== xy.shape[0]) {
    throw new Explained("The t-SNE layout could not be read: expected xy (N, 2) and row (N,); choose another plane.");
  }
  return { xy: /** @type {Float32Array} */ (xy.values), row: /** @type {Int32Array} */ (row.values), isFinal: final?.values[0] !== 0 };
}

/** @param {number} ms */
const waited = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A run's layout, once the server has computed it.
 * @param {string} base of the run's addresses @param {AbortSignal} signal
 * @param {{pause?: (ms: number) => Promise<unknown>, onPart?: (layout: Layout) => void}} [options] onPart: what there is
 *   of it so far, better each time
 * @returns {Promise<Layout>}
 */
export async function fetchLayout(base, signal, { pause = waited, onPart = () => undefined } = {}) {
  for (;;) {
    const answer = await fetchOrExplain(runAddress.layout(base), "The t-SNE layout", signal);
    if (!answer.headers.get("content-type")?.includes("json")) {
      const layout = readLayout(await answer.arrayBuffer());
      if (layout.isFinal) return layout;
      onPart(layout);
    }
    await pause(ASK_AGAIN_MS);
    signal.throwIfAborted();
  }
}

/**
 * The map that a layout is: no plane in latent space, and so without directions; `project` and `lift` go to its points.
 * @param {Layout | null} layout null while it is computed: nothing lies on it yet
 * @param {Pick<Posteriors, "mu" | "count">} posteriors that were laid out @param {number} latentDim
 * @returns {Plane} Throws Explained where the layout is of other points.
 */
export function layoutPlane(layout, { mu, count }, latentDim) {
  const { xy, row: rows } = layout ?? { xy: new Float32Array(), row: new Int32Array() };
  if (rows.some((row) => row < 0 || row >= count)) {
    throw new Explained(`The t-SNE layout is of other points than this map's ${count}; reload the page.`);
  }
  const laidOut = new Float32Array(rows.length * latentDim);
  rows.forEach((row, index) => laidOut.set(mu.subarray(row * latentDim, (row + 1) * latentDim), index * latentDim));
  const nowhere = () => new Float64Array(latentDim);
  return { kind: "layout", basis: [nowhere(), nowhere()], origin: nowhere(), names: NAMES, points: { xy, rows, mu: laidOut } };
}

/** Where the laid-out point that is nearest in latent space lies. @param {LaidOut} points @param {ArrayLike<number>} z @returns {Point} */
export function placeOf({ xy, mu }, z) {
  const [index] = nearestInAll(mu, Array.from(z), 1).rows;
  return index === undefined ? [0, 0] : [xy[2 * index], xy[2 * index + 1]];
}

/** Whether a place in latent space is that of a laid-out point. @param {LaidOut} points @param {ArrayLike<number>} z */
export function isLaidOut({ mu }, z) {
  const [distance] = nearestInAll(mu, Array.from(z), 1).distances;
  return distance <= ROUNDING * Math.max(1, Math.hypot(...Array.from(z)));
}

/** The latent place of the point that lies nearest on the map; of no points, where one is. @param {LaidOut} points @param {readonly number[]} place @param {ArrayLike<number>} z */
export function snapped({ xy, mu }, place, z) {
  const [index] = nearestInAll(xy, place, 1).rows;
  return index === undefined ? Float64Array.from(z) : latentOf(mu, index, z.length);
}

/**
 * The latent place of the nearest point in a direction, so that keys lead from point to point; the same place where
 * there is none.
 * @param {LaidOut} points @param {Point} from @param {Point} direction @param {ArrayLike<number>} z
 */
export function towards({ xy, mu }, [x, y], [dx, dy], z) {
  let [best, nearest] = [-1, Infinity];
  const length = Math.hypot(dx, dy);
  for (let index = 0; index < xy.length / 2; index++) {
    const [offX, offY] = [xy[2 * index] - x, xy[2 * index + 1] - y];
    const distance = Math.hypot(offX, offY);
    const isAhead = distance > 0 && offX * dx + offY * dy >= AHEAD * distance * length;
    if (isAhead && distance < nearest) [best, nearest] = [index, distance];
  }
  return best < 0 ? Float64Array.from(z) : latentOf(mu, best, z.length);
}

/** @param {Float32Array} mu @param {number} index @param {number} latentDim */
const latentOf = (mu, index, latentDim) => Float64Array.from(mu.subarray(index * latentDim, (index + 1) * latentDim));
