import { lent } from "../../../browser/model/snapshots.mjs";

/** @import { RunState } from "../../../browser/lib/contract.mjs" */
/** @import { PlotlyModule } from "../../../browser/lib/types.mjs" */
/** @import { Decoder } from "../../../browser/model/decoder.mjs" */
/** @import { SentPoints } from "../../../browser/model/embedding.mjs" */
/** @import { Receiver } from "../../../browser/model/loading.mjs" */

/**
 * What a run is now. The canvas gets it at once, or, while it shows an earlier epoch, when it comes back from there; the
 * decoder is owned here, since it is needed again then.
 * @implements {Receiver}
 */
export class LiveModel {
  /** @type {Decoder | null} */
  #decoder = null;
  /** @type {{epoch: number, step: number} | null} */
  #past = null;

  /** @param {Receiver} receiver the canvas */
  constructor(receiver) {
    this.receiver = receiver;
    this.step = -1;
    /** @type {SentPoints | null} */
    this.points = null;
    /** Called when there is something newer. */
    this.onChange = () => {};
    this.say = receiver.say;
    this.decoderTrouble = receiver.decoderTrouble;
    this.mapTrouble = receiver.mapTrouble;
  }

  /** Whether the canvas shows an earlier epoch. */
  get isAway() {
    return this.#past !== null;
  }

  /** @returns {Decoder | null} not to be released by whoever asks */
  get decoder() {
    return this.#decoder && lent(this.#decoder);
  }

  /** @param {Decoder} decoder @param {number} step */
  useDecoder(decoder, step) {
    const before = this.#decoder;
    this.#decoder = decoder;
    this.step = step;
    if (!this.isAway) this.receiver.useDecoder(lent(decoder), step);
    before?.release();
    this.onChange();
  }

  /** @param {SentPoints} points */
  showPart(points) {
    if (!this.isAway) this.receiver.showPart?.(points);
  }

  /** @param {SentPoints} points */
  usePoints(points) {
    this.points = points;
    if (!this.isAway) this.receiver.usePoints(points);
  }

  /** @param {SentPoints} points */
  async movePoints(points) {
    this.points = points;
    if (!this.isAway) await this.receiver.movePoints(points);
  }

  /** @param {PlotlyModule} plotly */
  openMap(plotly) {
    return this.receiver.openMap(plotly);
  }

  /** @param {RunState} state */
  ended(state) {
    this.receiver.ended(state);
    this.onChange();
  }

  /** The epoch that the canvas shows, if a step is its last; null for a step of the live model. @param {number} step */
  epochOf(step) {
    return this.#past?.step === step ? this.#past.epoch : null;
  }

  /** The canvas goes to an epoch, which ends with a step. @param {number} epoch @param {number} step */
  leave(epoch, step) {
    this.#past = { epoch, step };
  }

  /** The canvas shows what the run is now again. */
  comeBack() {
    if (!this.isAway) return;
    this.#past = null;
    if (this.#decoder) this.receiver.useDecoder(lent(this.#decoder), this.step);
    if (this.points) void this.receiver.movePoints(this.points);
  }

  destroy() {
    this.onChange = () => {};
    this.#decoder?.release();
    this.#decoder = null;
  }
}
