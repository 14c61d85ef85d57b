import { isAbort } from "../../../../browser/lib/fetching.mjs";
import { latestWins } from "../../../../browser/lib/latest_wins.mjs";
import { measure } from "../../../../browser/lib/measures.mjs";
import { halfWidthFor } from "../../../../browser/maths/coordinates.mjs";
import { HeatCanvas } from "../../../../browser/map/layers/heat_canvas.mjs";
import { completionsOf, drawsAnswer, latticeAnswer } from "./answers.mjs";
import { AskPanel, DRAWS } from "./ask_panel.mjs";
import { askDraws } from "./asked_draws.mjs";
import { AskedClasses } from "./asked_classes.mjs";
import { AskedLattice } from "./asked_lattice.mjs";

/** @import { CanvasData } from "../../../../browser/lib/contract.mjs" */
/** @import { Theme } from "../../../../browser/lib/theme.mjs" */
/** @import { Likelihood } from "../../../../browser/maths/likelihoods.mjs" */
/** @import { View } from "../../../../browser/maths/coordinates.mjs" */
/** @import { Patches } from "../../../../browser/maths/patches.mjs" */
/** @import { Visible } from "../../../../browser/maths/visible.mjs" */
/** @import { Decoder } from "../../../../browser/model/decoder.mjs" */
/** @import { Encoder } from "../../../../browser/model/encoder.mjs" */
/** @import { Plane } from "../../../../browser/model/plane.mjs" */
/** @import { Codec } from "../../../../browser/model/codecs.mjs" */
/** @import { Answer } from "./answers.mjs" */
/** @import { DrawPad } from "./pad.mjs" */

/**
 * @typedef {object} AskEvents
 * @property {(isOn: boolean) => void} onTurn
 * @property {() => {decoder: Decoder, encoder: Encoder | null} | null} model that is asked; null until it is here
 * @property {(label: number) => Promise<Codec>} open that model, told another class
 * @property {() => Plane} plane
 * @property {() => number} extent what the map's points reach
 * @property {() => boolean} isBusy a handle is dragged
 * @property {(error: unknown) => void} onError
 */

/** A hand that rests so long lets the map become exact. */
const REST_MS = 120;
/** Rounds of draws, each a little better than the one before, as long as the hand rests. */
const ROUNDS = 20;
/** A lattice that reaches further tells too little apart to begin with. */
const FARTHEST = 32;
const NO_LIKELIHOOD = "This model came without a likelihood: it decodes, but says nothing of how likely pixels are.";
const OPENING = "Decoding the map…";

/** Paint or rub out a part of an image: where on the map could it be, and how may it go on? */
export class Ask {
  /** @param {import("../../../../browser/map/canvas_dom.mjs").CanvasDom} dom @param {HTMLElement} box the tab @param {CanvasData} data @param {DrawPad} pad @param {AskEvents} events */
  constructor(dom, box, data, pad, events) {
    this.data = data;
    this.pad = pad;
    this.events = events;
    this.heat = new HeatCanvas(dom.layer("heat", "above"));
    this.panel = new AskPanel(box, data, pad, {
      onTurn: events.onTurn,
      onClasses: (isOn) => (isOn ? this.painted() : this.#forgetClasses()),
    });
    /** @type {AskedClasses | null} */
    this.classes = null;
    /** @type {AskedLattice | null} */
    this.lattice = null;
    this.opening = this.refining = new AbortController();
    this.timer = this.version = 0;
    this.request = latestWins(async (/** @type {"lattice" | "draws" | "complete" | "refine" | "classes"} */ _slot, /** @type {() => Promise<void>} */ job) => {
      try {
        await job();
      } catch (error) {
        if (!isAbort(error)) events.onError(error);
      }
    });
  }

  get isOn() {
    return this.panel.isOn;
  }

  get likelihood() {
    return /** @type {Likelihood} */ (this.data.likelihood);
  }

  /** @param {boolean} isOn */
  turn(isOn) {
    this.panel.turn(isOn);
    if (isOn) return this.useModel();
    this.#stop();
    this.lattice = null; // 12 MB and more
    this.#forgetClasses();
    this.heat.show(null);
  }

  /** Other weights are asked from now on, or none. */
  useWeights() {
    this.#forgetClasses();
    this.useModel();
  }

  #forgetClasses() {
    this.classes?.destroy();
    this.classes = null;
  }

  /** Another model, another class or another plane is asked. */
  useModel() {
    if (!this.isOn) return;
    const model = this.events.model();
    if (!model) return this.panel.say(OPENING);
    const plane = this.events.plane();
    const isLattice = this.data.latentDim <= 2 && plane.kind !== "layout";
    if (!isLattice) return this.painted(performance.now());
    const known = this.lattice?.asked;
    if (known?.decoder === model.decoder && known.plane === plane && known.reach === this.#reach) return;
    this.opening.abort();
    const { signal } = (this.opening = new AbortController());
    this.request("lattice", () => this.#open(model.decoder, plane, signal));
  }

  get #reach() {
    return Math.min(FARTHEST, halfWidthFor(this.events.extent()));
  }

  /** @param {Decoder} decoder @param {Plane} plane @param {AbortSignal} signal */
  async #open(decoder, plane, signal) {
    if (!(await this.#canBeAsked(decoder)) || signal.aborted) return;
    const { latentDim, imageShape } = this.data;
    const pixels = imageShape.reduce((product, size) => product * size, 1);
    const lattice = new AskedLattice({ decoder, likelihood: this.likelihood, latentDim, pixels, plane, reach: this.#reach });
    if (!this.lattice) this.panel.say(OPENING);
    if (!(await lattice.open({ signal, isBusy: this.events.isBusy }))) return;
    this.panel.say("");
    this.lattice = lattice;
    this.painted();
  }

  /** @param {Decoder} decoder */
  async #canBeAsked(decoder) {
    const { raw } = await decoder.reconstruct(new Float32Array(this.data.latentDim));
    if (!raw) this.panel.say(NO_LIKELIHOOD);
    return Boolean(raw);
  }

  /** What is visible is another, or whom to ask. @param {number} [timeStamp] of the stroke behind it */
  painted(timeStamp) {
    if (!this.isOn) return;
    this.version++;
    this.refining.abort();
    clearTimeout(this.timer);
    const visible = this.pad.visible();
    if (this.lattice) this.#askLattice(this.lattice, visible, timeStamp);
    else if (this.data.latentDim > 2 || this.events.plane().kind === "layout") {
      this.request("draws", () => this.#askDraws(visible, timeStamp));
    }
  }

  /** @param {AskedLattice} lattice @param {Visible} visible @param {number} [timeStamp] */
  #askLattice(lattice, visible, timeStamp) {
    const patches = lattice.see(visible);
    const answer = latticeAnswer(lattice, patches);
    this.#show(answer);
    if (timeStamp !== undefined) measure("brush", timeStamp, performance.now());
    this.request("complete", () => this.#complete(lattice.asked.decoder, answer, visible, timeStamp));
    this.timer = window.setTimeout(() => this.request("refine", () => this.#refine(lattice, patches, visible)), REST_MS);
  }

  /** @param {AskedLattice} lattice @param {Patches} patches @param {Visible} visible */
  async #refine(lattice, patches, visible) {
    const { signal } = (this.refining = new AbortController());
    const fine = await lattice.refined(visible, patches, signal);
    if (!fine || signal.aborted || lattice !== this.lattice) return;
    const answer = latticeAnswer(lattice, fine);
    this.#show(answer);
    await this.#complete(lattice.asked.decoder, answer, visible);
    this.panel.section.dataset.refined = String(this.version);
    if (this.panel.hasClasses) this.request("classes", () => this.#askClasses(visible, signal));
  }

  /** Which class it may be: of a model that is told one, each is asked. @param {Visible} visible @param {AbortSignal} signal */
  async #askClasses(visible, signal) {
    const { latentDim, classes } = this.data;
    const { open, plane } = this.events;
    this.classes ??= new AskedClasses({
      classes: classes.length, open, likelihood: this.likelihood, latentDim, plane: plane(), reach: this.#reach,
    });
    const shares = await this.classes.ask(visible, signal);
    if (shares && !signal.aborted) this.panel.showClasses(shares);
  }

  /** @param {Visible} visible @param {number} [timeStamp] */
  async #askDraws(visible, timeStamp) {
    const model = this.events.model();
    if (!model || !(await this.#canBeAsked(model.decoder))) return;
    const [version, plane] = [this.version, this.events.plane()];
    const stopping = new AbortController();
    let isFirst = true;
    await askDraws({ ...model, likelihood: this.likelihood, latentDim: this.data.latentDim }, visible, {
      signal: stopping.signal,
      rounds: ROUNDS,
      onRound: async (draws, round) => {
        if (!this.isOn) return stopping.abort();
        if (round === 0 && model.encoder) return; // its guesses had nothing to go by
        const answer = drawsAnswer(draws, plane, this.#reach);
        this.#show(answer);
        await this.#complete(model.decoder, answer, visible, isFirst ? timeStamp : undefined);
        isFirst = false;
        if (version !== this.version) stopping.abort(); // the hand has gone on
      },
    });
    if (stopping.signal.aborted || !this.panel.hasClasses) return;
    const { signal } = (this.refining = new AbortController());
    this.request("classes", () => this.#askClasses(visible, signal));
  }

  /** @param {Answer} answer */
  #show(answer) {
    const field = answer.field();
    this.heat.show(field && { field, isLine: this.data.latentDim === 1 });
    this.panel.tell(answer);
  }

  /** @param {Decoder} decoder @param {Answer} answer @param {Visible} visible @param {number} [timeStamp] */
  async #complete(decoder, answer, visible, timeStamp) {
    const images = await completionsOf(decoder, answer, visible, DRAWS);
    if (!this.isOn) return;
    this.panel.paint(images);
    if (timeStamp !== undefined) measure("completion", timeStamp, performance.now());
  }

  /** @param {View} view @param {[number, number]} size */
  onView(view, size) {
    this.heat.setView(view, size);
  }

  /** @param {Theme} theme */
  dress(theme) {
    this.heat.dress(theme);
  }

  /** The tab is shown or hidden. @param {boolean} isOpen */
  show(isOpen) {
    if (!this.isOn) return;
    if (isOpen) this.useModel();
    if (isOpen) this.painted();
    else this.heat.show(null);
  }

  #stop() {
    this.version++;
    this.opening.abort();
    this.refining.abort();
    clearTimeout(this.timer);
  }

  destroy() {
    this.#stop();
    this.lattice = null;
    this.#forgetClasses();
    this.panel.destroy();
    this.heat.destroy();
  }
}
