import { idle, nextFrame } from "../lib/idle.mjs";
import { isAbort, loadPlotly } from "../lib/fetching.mjs";
import { isFinal } from "../lib/polling.mjs";
import { createDecoder, loadRuntime } from "./decoder.mjs";
import { measure } from "../lib/measures.mjs";
import { fetchDecoder, fetchPoints, follow, waitingText } from "./models.mjs";

/** @import { CanvasData, RunState } from "../lib/contract.mjs" */
/** @import { PlotlyModule } from "../lib/types.mjs" */
/** @import { Decoder, Runtime } from "./decoder.mjs" */
/** @import { SentPoints } from "./embedding.mjs" */

/** So long the map's plotly waits for what goes first: it takes up to a second of the one thread that both need. */
const MAP_AFTER_MS = 1500;

/**
 * Where what has been loaded goes.
 * @typedef {object} Receiver
 * @property {(plotly: PlotlyModule) => Promise<void>} openMap draw axes, and the points if they are here already
 * @property {(decoder: Decoder, step: number) => void} useDecoder
 * @property {(points: SentPoints) => void} [showPart] of very many points, those that are here already
 * @property {(points: SentPoints) => void} usePoints
 * @property {(points: SentPoints) => Promise<void>} movePoints the same, for points that may soon change again; they
 *   travel there
 * @property {(state: RunState) => void} ended
 * @property {(sentence: string) => void} say
 * @property {(error: unknown) => void} decoderTrouble
 * @property {(error: unknown) => void} mapTrouble
 */

/** Fetches what the canvas shows, follows a run while it trains, and again when it is resumed. */
export class Loading {
  /**
   * Load everything at once, but for plotly, which comes after the images; each part shows as soon as it is here.
   * @param {CanvasData} data @param {string} assets absolute address @param {Receiver} receiver
   */
  constructor(data, assets, receiver) {
    const { step, state } = data.run;
    this.data = data;
    this.receiver = receiver;
    this.runtime = loadRuntime(assets);
    this.stopping = new AbortController();
    this.opening = new AbortController();
    this.stopFollowing = () => {};
    this.hasEnded = isFinal(state);
    if (this.hasEnded && step !== null) {
      const points = fetchPoints(data, step, this.stopping.signal, { onPart: (part) => receiver.showPart?.(part) });
      void openMap(assets, points, this.#openDecoder(step), receiver);
      return;
    }
    this.runtime.catch(receiver.decoderTrouble);
    void openMap(assets, Promise.resolve(null), idle(), receiver);
    if (step === null) receiver.say(waitingText(state, null));
    if (!this.hasEnded) this.#follow();
  }

  /** The page has something new to say: the run goes on, or another class is wanted. @param {CanvasData} data */
  update(data) {
    const before = this.data;
    this.data = data;
    if (!this.hasEnded) return;
    if (!isFinal(data.run.state)) this.#follow();
    else if (data.label !== before.label) this.#changeClass();
  }

  #follow() {
    this.hasEnded = false;
    this.opening.abort(); // a decoder of before would come too late
    this.stopFollowing();
    this.stopFollowing = followRun(this.data, this.runtime, this.receiver, (state) => this.#ended(state));
  }

  /** @param {RunState} state */
  #ended(state) {
    this.hasEnded = true;
    this.receiver.ended(state);
    if (isFinal(this.data.run.state)) this.#changeClass(); // chosen while the last step was on its way
  }

  /** The decoder of the class that is wanted now, in place of the one in use. */
  #changeClass() {
    const { label = null, run } = this.data;
    if (label !== null && run.step !== null) void this.#openDecoder(run.step);
  }

  /** @param {number} step */
  #openDecoder(step) {
    this.opening.abort();
    this.opening = new AbortController();
    const { data, runtime, receiver } = this;
    const { signal } = this.opening;
    return openDecoder(runtime, fetchDecoder(data, step, signal), step, data, receiver, signal);
  }

  stop() {
    this.stopping.abort();
    this.opening.abort();
    this.stopFollowing();
  }
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

/**
 * @param {string} assets @param {Promise<SentPoints | null>} arriving
 * @param {Promise<unknown>} first settled when what goes before it shows, or will not: images, or a curve's first point
 * @param {Receiver} receiver
 */
async function openMap(assets, arriving, first, receiver) {
  try {
    const points = await arriving.catch((error) => (receiver.mapTrouble(error), null));
    if (points) receiver.usePoints(points);
    await Promise.race([first, new Promise((resolve) => setTimeout(resolve, MAP_AFTER_MS))]);
    await receiver.openMap(await loadPlotly(assets));
  } catch (error) {
    receiver.mapTrouble(error);
  }
}

/**
 * @param {CanvasData} data @param {Promise<Runtime>} runtime @param {Receiver} receiver
 * @param {(state: RunState) => void} whenEnded
 */
function followRun(data, runtime, receiver, whenEnded) {
  let hasPoints = false;
  return follow(data, {
    runtime,
    onDecoder: (step, decoder) => receiver.useDecoder(decoder, step),
    async onPoints(points, arrivedAt) {
      hasPoints = true;
      receiver.say("");
      await receiver.movePoints(points);
      measure("swap", arrivedAt, performance.now());
    },
    onDecoderError: receiver.decoderTrouble,
    onStatus: ({ state, place }) => hasPoints || receiver.say(waitingText(state, place)),
    onEnd(state, error) {
      if (error) receiver.mapTrouble(error);
      whenEnded(state);
    },
  });
}
