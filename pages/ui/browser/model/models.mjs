import { runAddress } from "../lib/contract.mjs";
import { fetchOrExplain, isAbort } from "../lib/fetching.mjs";
import { isFinal, poll } from "../lib/polling.mjs";
import { createDecoder } from "./decoder.mjs";
import { nextTask } from "../lib/idle.mjs";
import { Exact, ordered, readEmbedding, sentPoints } from "./embedding.mjs";
import { readPoints } from "./points_file.mjs";

/** @import { CanvasData, LinkedModel, RunState, Status } from "../lib/contract.mjs" */
/** @import { Decoder, Runtime } from "./decoder.mjs" */
/** @import { SentPoints } from "./embedding.mjs" */

const PACE = { everyMs: 400 };

/**
 * A step's decoder; of a finished run that knows classes, and of an epoch, the one for the class that is wanted.
 * @param {CanvasData} data @param {number} step @param {AbortSignal} signal @param {number | null} [epoch]
 * @returns {Promise<ArrayBuffer>}
 */
export function fetchDecoder({ run, label = null }, step, signal, epoch = null) {
  const { decoder: atStep, snapshotDecoder: after } = runAddress;
  const query = { label: isFinal(run.state) || epoch !== null ? label : null };
  const address = epoch === null ? atStep(run.base, step, query) : after(run.base, epoch, query);
  const decoder = fetchOrExplain(address, "The decoder", signal)
    .then((file) => file.arrayBuffer());
  decoder.catch(() => undefined); // it is awaited where it is used, and may not go unhandled meanwhile
  return decoder;
}

/**
 * A step's encoder; of a finished run that knows classes, and of an epoch, the one that is given this class for every image.
 * @param {CanvasData} data @param {number} step @param {number} label @param {number | null} [epoch]
 * @returns {Promise<ArrayBuffer>}
 */
export async function fetchEncoder({ run }, step, label, epoch = null) {
  const { encoder: atStep, snapshotEncoder: after } = runAddress;
  const query = { label: label && (isFinal(run.state) || epoch !== null) ? label : null };
  const address = epoch === null ? atStep(run.base, step, query) : after(run.base, epoch, query);
  return (await fetchOrExplain(address, "The encoder")).arrayBuffer();
}

/**
 * Some real images, bytes (n, C, H, W).
 * @param {{run: {base: string}}} data @param {string} split "held-out" or "all": of which images the numbers are
 * @param {readonly number[]} numbers as a map's index has them @param {AbortSignal} signal
 */
export async function fetchImages({ run }, split, numbers, signal) {
  const address = runAddress.thumbnails(run.base, { numbers: numbers.join(","), split: split === "all" ? split : null });
  return new Uint8Array(await (await fetchOrExplain(address, "The real images", signal)).arrayBuffer());
}

/**
 * A step's points on the map; their posteriors come later, for whoever asks.
 * @param {CanvasData | LinkedModel} data @param {number} step @param {AbortSignal} signal
 * @param {{epoch?: number | null, onPart?: (points: SentPoints) => void}} [how] onPart: some are here, the others nowhere
 * @returns {Promise<SentPoints>}
 */
export function fetchPoints(data, step, signal, { epoch = null, onPart = () => undefined } = {}) {
  const { run, latentDim, dims } = data;
  const { points: atStep, snapshotPoints: after } = runAddress;
  const plane = "plane" in data && data.plane === "pca" ? /** @type {const} */ ("pca") : null;
  const query = { plane, dims: plane ? null : dims.join(",") };
  const address = epoch === null ? atStep(run.base, step, { ...query, split: splitOf(data) }) : after(run.base, epoch, query);
  const exact = new Exact(() => fetchPosteriors(data, step, signal, epoch));
  const points = fetchOrExplain(address, "The map's points", signal)
    .then((answer) => readPoints(bodyOf(answer), (reader) => reader.isComplete || onPart(sentPoints(reader, latentDim, exact))))
    .then((reader) => ordered(sentPoints(reader, latentDim, exact)));
  points.catch(() => undefined); // as of a decoder
  return points;
}

/** @param {Response} answer @returns {ReadableStream<Uint8Array>} */
const bodyOf = ({ body }) => body ?? new ReadableStream();

/** @param {CanvasData | LinkedModel} data */
const splitOf = ({ run, points }) => (points === "all" && isFinal(run.state) ? points : null);

/**
 * The posteriors behind a step's points, exact and in all dimensions.
 * @param {CanvasData | LinkedModel} data @param {number} step @param {AbortSignal} signal @param {number | null} epoch
 */
async function fetchPosteriors(data, step, signal, epoch) {
  const { run, latentDim } = data;
  const { embedding: atStep, snapshotEmbedding: after } = runAddress;
  const address = epoch === null ? atStep(run.base, step, { split: splitOf(data) }) : after(run.base, epoch);
  const file = await fetchOrExplain(address, "The posteriors behind the map's points", signal);
  return readEmbedding(await file.arrayBuffer(), latentDim);
}

/**
 * @typedef {object} Following
 * @property {Promise<Runtime>} runtime
 * @property {(step: number, decoder: Decoder) => void} onDecoder of a newer step, ready to use
 * @property {(points: SentPoints, arrivedAt: number) => void} onPoints of the same step, after its decoder, and when its
 *   files had come, in ms since the page's time origin
 * @property {(error: unknown) => void} onDecoderError its decoder cannot be used
 * @property {(status: Status) => unknown} onStatus
 * @property {(state: RunState, error: unknown) => void} onEnd the run is final; its last step has arrived, or why not
 * @property {{everyMs: number}} [pace]
 */

/**
 * Follow a run while it trains: ask how far it is, and hand over each new step's decoder, and in the next task its points: together they
 * would take longer than a frame.
 * @param {CanvasData} data @param {Following} following
 * @returns {() => void} stops following
 */
export function follow(data, following) {
  const { onStatus, onEnd, pace = PACE } = following;
  /** @type {number | null} */
  let shown = null;
  let failures = 0;

  /** @param {number} step @param {RunState} state @param {AbortSignal} signal */
  const take = async (step, state, signal) => {
    const { decoder, points, arrivedAt } = await fetchStep({ ...data, run: { ...data.run, state } }, step, following, signal);
    if (signal.aborted) return decoder?.release();
    if (decoder) following.onDecoder(step, decoder);
    await nextTask();
    if (signal.aborted) return;
    following.onPoints(points, arrivedAt);
    shown = step;
  };

  return poll(
    async (signal) => {
      const status = await askStatus(data, signal);
      onStatus(status);
      const isLast = isFinal(status.state);
      const latestStep = isLast ? finalStep(status) : (status.live_step ?? null);
      try {
        if (latestStep !== null && latestStep !== shown) await take(latestStep, status.state, signal);
        if (isLast) onEnd(status.state, null);
        return !isLast;
      } catch (error) {
        if (isAbort(error)) return false;
        failures += 1;
        // A live step's files go when newer ones come: asking again is enough. What is final does not come back.
        if (!isLast || failures < 3) throw error;
        onEnd(status.state, status.state === "failed" ? null : error);
        return false;
      }
    },
    pace,
  );
}

/**
 * The files of a step, and a decoder made of them: null where it cannot be used.
 * @param {CanvasData} data @param {number} step @param {Following} following @param {AbortSignal} signal
 */
async function fetchStep(data, step, { runtime, onDecoderError }, signal) {
  const [file, points] = await Promise.all([fetchDecoder(data, step, signal), fetchPoints(data, step, signal)]);
  const arrivedAt = performance.now();
  const decoder = await runtime
    .then((loaded) => createDecoder(loaded, file, data, { lasting: isFinal(data.run.state) }))
    .catch((error) => (onDecoderError(error), null));
  await nextTask();
  return { decoder, points, arrivedAt };
}

/** A failed run leaves only what it had published. @param {Status} status @returns {number | null} */
function finalStep(status) {
  return status.state === "failed" ? (status.live_step ?? null) : status.step;
}

/** @param {CanvasData} data @param {AbortSignal} signal @returns {Promise<Status>} */
async function askStatus({ run }, signal) {
  const answer = await fetchOrExplain(runAddress.status(run.base), "The run's progress", signal);
  return answer.json();
}

/**
 * One sentence for a run that has nothing to show yet.
 * @param {RunState} state @param {number | null | undefined} place
 */
export function waitingText(state, place) {
  if (state === "queued") return `Waiting for a free place to train${place ? `: number ${place} in line` : ""}.`;
  if (state === "paused") return "The run is paused and has nothing to show yet.";
  if (state === "failed") return "The run ended before it had anything to show; its error stands above.";
  return "The map appears after the first second of training.";
}
