import liveCurves from "../../components/live_curves/live_curves.mjs";
import latentCanvas from "../../components/latent_canvas/latent_canvas.mjs";
import { columnsOf } from "./points.mjs";
import { LiveRun } from "../training/live_run.mjs";

/** @import { CanvasData } from "../../browser/lib/contract.mjs" */
/** @import { Facts, Part } from "./held_run.mjs" */
/** @import { OwnRuntime } from "./own_runtime.mjs" */
/** @import { Plan } from "../training/trainer.mjs" */
/** @import { News } from "../training/worker.mjs" */

/**
 * What is learned from, as `pages/ui/demo/learning.py` writes it.
 * @typedef {Pick<Plan, "hidden" | "epochs" | "batch" | "learningRate" | "latentDim" | "pixels"> & {train: number}} LearningFacts train: how many images
 *
 * @typedef {object} Stage
 * @property {(place: string, name: string) => HTMLElement} putUp a component's HTML, anew
 * @property {(run: LiveRun) => void} answerBy of the run that trains
 * @property {() => void} showHeld the run that the file was made of
 */

const RUN = "trained";

/** @param {string} id @returns {any} */
const element = (id) => document.getElementById(id);

/** The controls over the canvas, and the trainings that they start, one at a time. */
export class OwnTraining {
  /** @type {Worker | null} */
  #worker = null;
  /** @type {(() => void)[]} */
  #shown = [];
  /** @type {LiveRun | null} the one on the canvas */
  #run = null;

  /** @param {Facts & {learning: LearningFacts}} facts @param {Part} part @param {OwnRuntime} runtime @param {Stage} stage */
  constructor(facts, part, runtime, stage) {
    this.facts = facts;
    this.part = part;
    this.runtime = runtime;
    this.stage = stage;
    this.count = 0;
    element("training").hidden = false;
    element("train").addEventListener("click", () => void this.start());
    element("stop").addEventListener("click", () => this.#worker?.postMessage({ stop: true }));
    element("back").addEventListener("click", () => this.#goBack());
    element("beta").addEventListener("change", () => this.#worker?.postMessage({ beta: this.beta }));
  }

  /** @returns {number} what stands in the field, or 1 */
  get beta() {
    const value = element("beta").valueAsNumber;
    return Number.isFinite(value) && value >= 0 ? Math.min(value, 100) : 1;
  }

  async start() {
    this.#end();
    const plan = await this.#plan();
    const { posteriors, data } = this.facts;
    const { labels, index } = columnsOf(posteriors, await this.part("posteriors"), null);
    const hidden = plan.hidden;
    const widths = { encoder: [plan.pixels, ...hidden, 2 * plan.latentDim], decoder: [plan.latentDim, ...hidden.toReversed(), plan.pixels] };
    const run = new LiveRun(plan, widths, data.imageShape, { labels, index }, this.runtime);
    this.stage.answerBy(run);
    await this.#work(run, plan);
    this.#show(run);
  }

  /** @returns {Promise<Plan>} */
  async #plan() {
    const { train, ...settings } = this.facts.learning;
    const images = new Uint8Array(await this.part("learning"));
    const middle = train * settings.pixels;
    return { ...settings, beta: this.beta, seed: this.count++, train: images.subarray(0, middle), heldOut: images.subarray(middle) };
  }

  /** @param {LiveRun} run @param {Plan} plan */
  async #work(run, plan) {
    const url = URL.createObjectURL(new Blob([await this.part("worker")], { type: "text/javascript" }));
    const worker = (this.#worker = new Worker(url));
    URL.revokeObjectURL(url);
    worker.addEventListener("message", ({ data }) => this.#took(run, /** @type {News} */ (data)));
    worker.addEventListener("error", () => this.#say("The training could not go on in this browser; reload the file and try again."));
    worker.postMessage({ plan });
  }

  /** @param {LiveRun} run @param {News} news */
  #took(run, news) {
    run.take(news);
    const { reconstruction, kl } = news.figures;
    const sum = (reconstruction + kl).toFixed(1);
    this.#say(`Held-out −ELBO ${sum} = reconstruction ${reconstruction.toFixed(1)} + KL ${kl.toFixed(1)} nats per image, after ${news.seconds.toFixed(1)} s.`);
    if (!news.isOver) return;
    this.#worker?.terminate();
    this.#worker = null;
    element("stop").hidden = true;
  }

  /** @param {LiveRun} run */
  #show(run) {
    this.#takeDown();
    this.#run = run;
    element("stop").hidden = element("back").hidden = false;
    document.querySelector(".demo-stage")?.classList.add("demo-is-training");
    element("curves").hidden = false;
    const { facts, stage } = this;
    const { assets, look } = facts.data;
    const ref = { id: `${RUN}-${this.count}`, base: `${RUN}/`, step: null, state: /** @type {const} */ ("running"), error: null };
    const canvas = { parentElement: stage.putUp("canvas", "canvas"), setTriggerValue: () => undefined };
    /** @type {CanvasData} */
    const data = {
      ...facts.data, run: ref, latentDim: run.plan.latentDim, dims: [0, 1], heights: null, plane: "dims", klPerDim: null, likelihood: "bernoulli",
      isConditional: false, label: null, caution: "", encoding: "", options: {}, images: false, pictured: null, compact: true, replay: { epochs: run.plan.epochs },
    };
    const ended = () => this.#run === run && draw({ ...data, run: { ...ref, step: run.now?.step ?? null, state: run.state } });
    /** @param {CanvasData} now */
    const draw = (now) => latentCanvas({ ...canvas, data: now, setStateValue: (name) => void (name === "state" && ended()) });
    const settings = { beta: run.plan.beta, learning_rate: run.plan.learningRate };
    const curves = { assets, look, run: ref, latentDim: run.plan.latentDim, isDeterministic: false, settings };
    this.#shown = [draw(data), liveCurves({ data: curves, parentElement: stage.putUp("curves", "curves"), setStateValue: () => undefined, setTriggerValue: () => undefined })];
  }

  #goBack() {
    this.#end();
    this.#takeDown();
    element("back").hidden = element("curves").hidden = true;
    document.querySelector(".demo-stage")?.classList.remove("demo-is-training");
    this.stage.showHeld();
  }

  #end() {
    this.#worker?.terminate();
    this.#worker = null;
    element("stop").hidden = true;
  }

  #takeDown() {
    this.#run = null;
    for (const destroy of this.#shown) destroy();
    this.#shown = [];
  }

  /** @param {string} sentence */
  #say(sentence) {
    element("training-note").textContent = sentence;
  }
}
