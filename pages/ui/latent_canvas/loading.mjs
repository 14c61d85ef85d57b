import { isAbort, loadPlotly } from "../shared/fetching.mjs";
import { isFinal } from "../shared/polling.mjs";
import { createDecoder, loadRuntime } from "./decoder.mjs";
import { fetchStep, follow, waitingText } from "./models.mjs";

/** @import { CanvasData, RunState } from "../shared/types.mjs" */
/** @import { Decoder, Runtime } from "./decoder.mjs" */
/** @import { Embedding } from "./embedding.mjs" */
/** @import { LatentMap } from "./map.mjs" */

/** How long plotly waits for the decoder: reading it and drawing take a second of the one thread that both need. */
const IMAGES_FIRST_MS = 1500;

/**
 * Where what has been loaded goes.
 * @typedef {object} Receiver
 * @property {LatentMap} map
 * @property {(decoder: Decoder, step: number) => void} useDecoder
 * @property {(embedding: Embedding) => void} usePoints
 * @property {(embedding: Embedding) => void} movePoints the same, for points that may soon change again
 * @property {() => void} mapOpened
 * @property {(state: RunState) => void} ended
 * @property {(sentence: string) => void} say
 * @property {(error: unknown) => void} decoderTrouble
 * @property {(error: unknown) => void} mapTrouble
 */

/**
 * Load everything at once, but for plotly, which comes after the images; each part shows as soon as it is here.
 * @param {CanvasData} data @param {string} assets absolute address @param {Receiver} receiver
 * @returns {() => void} stops loading and following
 */
export function load(data, assets, receiver) {
  const stopping = new AbortController();
  const { step, state } = data.run;
  const runtime = loadRuntime(assets);
  if (isFinal(state) && step !== null) {
    const { decoder, embedding } = fetchStep(data, step, stopping.signal);
    const images = openDecoder(runtime, decoder, step, data, receiver, stopping.signal);
    void openMap(assets, embedding, images, receiver);
    return () => stopping.abort();
  }
  runtime.catch(receiver.decoderTrouble);
  void openMap(assets, Promise.resolve(null), Promise.resolve(), receiver);
  if (step === null) receiver.say(waitingText(state, null));
  const stopFollowing = isFinal(state) ? () => undefined : followRun(data, runtime, receiver);
  return () => (stopping.abort(), stopFollowing());
}

/**
 * @param {Promise<Runtime>} runtime @param {Promise<ArrayBuffer>} file @param {number} step
 * @param {CanvasData} data @param {Receiver} receiver @param {AbortSignal} signal
 */
async function openDecoder(runtime, file, step, data, receiver, signal) {
  try {
    const [loaded, bytes] = await Promise.all([runtime, file]);
    const decoder = await createDecoder(loaded, bytes, data, { lasting: true });
    if (signal.aborted) return decoder.release();
    receiver.useDecoder(decoder, step);
    await nextFrame(); // on the screen before anything else takes the thread
  } catch (error) {
    if (!isAbort(error)) receiver.decoderTrouble(error);
  }
}

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

/**
 * @param {string} assets @param {Promise<Embedding | null>} embedding
 * @param {Promise<void>} images settled when the images show, or will not @param {Receiver} receiver
 */
async function openMap(assets, embedding, images, receiver) {
  try {
    const points = await embedding.catch((error) => (receiver.mapTrouble(error), null));
    if (points) receiver.usePoints(points);
    await Promise.race([images, new Promise((resolve) => setTimeout(resolve, IMAGES_FIRST_MS))]);
    await receiver.map.open(await loadPlotly(assets), points);
    receiver.mapOpened();
  } catch (error) {
    receiver.mapTrouble(error);
  }
}

/** @param {CanvasData} data @param {Promise<Runtime>} runtime @param {Receiver} receiver */
function followRun(data, runtime, receiver) {
  let hasPoints = false;
  return follow(data, {
    runtime,
    arrived(step, decoder, embedding) {
      hasPoints = true;
      receiver.say("");
      if (decoder) receiver.useDecoder(decoder, step);
      receiver.movePoints(embedding);
    },
    troubled: receiver.decoderTrouble,
    heard: ({ state, place }) => hasPoints || receiver.say(waitingText(state, place)),
    ended(state, error) {
      if (error) receiver.mapTrouble(error);
      receiver.ended(state);
    },
  });
}
