import { Explained } from "../../browser/lib/fetching.mjs";
import { columnsOf, embeddingFile, pointsFile } from "./points.mjs";
import { coarser, graphOf, levelsOf, scaled, tensorOf } from "./weights.mjs";

/** @import { Graph } from "../../browser/graph/graph.mjs" */
/** @import { CanvasData, Moment } from "../../browser/lib/contract.mjs" */
/** @import { LearningFacts } from "./own_training.mjs" */
/** @import { OwnRuntime } from "./own_runtime.mjs" */
/** @import { Columns, PointsFacts } from "./points.mjs" */
/** @import { GraphHeader, Kept } from "./weights.mjs" */

/**
 * @typedef {{moment: Moment, points: PointsFacts, decoder: GraphHeader | null, weights: Record<string, Kept>}} EpochFacts
 * @typedef {{step: number, data: CanvasData, decoder: GraphHeader, encoder: GraphHeader | null, noEncoder?: string, posteriors: PointsFacts, epochs: {shift: number, epochs: EpochFacts[]}, learning?: LearningFacts}} Facts
 * @typedef {(name: string) => Promise<ArrayBuffer>} Part
 */

/** The run that the file holds: what a server would answer about it. */
export class HeldRun {
  /** @type {Map<string, Promise<any>>} what was asked for once */
  #known = new Map();

  /** @param {Facts} facts @param {Part} part @param {OwnRuntime} runtime */
  constructor(facts, part, runtime) {
    this.facts = facts;
    this.part = part;
    this.runtime = runtime;
  }

  /** @template T @param {string} name @param {() => Promise<T>} make @returns {Promise<T>} */
  #once(name, make) {
    const known = this.#known.get(name) ?? make();
    this.#known.set(name, known);
    return known;
  }

  /** @param {string} path below the run's address @param {URLSearchParams} query @returns {Promise<BodyInit>} */
  async answer(path, query) {
    const [first, epoch, what] = path.split("/");
    if (first === "snapshots" && !epoch) return JSON.stringify({ snapshots: this.facts.epochs.epochs.map(({ moment }) => moment) });
    if (first === "snapshots") return this.#ofEpoch(Number(epoch), what, query);
    if (first === "decoder" || first === "encoder") return this.runtime.ticket(await this.#graph(first, query.get("label")));
    if (first === "points") return pointsFile(await this.columns(), dimsIn(query), this.facts.step);
    if (first === "embedding") return embeddingFile(await this.columns());
    if (first === "images") return this.part("pictures");
    if (first === "thumbnails") return this.#pictures((query.get("numbers") ?? "").split(",").map(Number));
    if (first === "columns") return JSON.stringify({ columns: [] });
    throw new Explained("This file does not hold that; open the run in the app to see it.");
  }

  /** @param {"decoder" | "encoder"} which @param {string | null} label @returns {Promise<Graph>} */
  #graph(which, label) {
    const header = this.facts[which];
    if (!header) throw new Explained(this.facts.noEncoder ?? "This file holds no encoder.");
    return this.#once(`${which} ${label}`, async () => graphOf(header, await this.part(which), label));
  }

  /** @returns {Promise<Columns>} */
  columns() {
    return this.#once("posteriors", async () => columnsOf(this.facts.posteriors, await this.part("posteriors"), null));
  }

  /** @param {number[]} numbers of images @returns {Promise<BodyInit>} */
  async #pictures(numbers) {
    const { pictured, imageShape } = this.facts.data;
    const bytes = imageShape.reduce((product, length) => product * length, 1);
    const all = new Uint8Array(await this.#once("pictures", () => this.part("pictures")));
    const place = await this.#once("places", async () => new Map(pictured?.map((number, nth) => [number, nth])));
    const made = new Uint8Array(numbers.length * bytes);
    numbers.forEach((number, nth) => {
      const at = place.get(number);
      if (at === undefined) throw new Explained("This file holds no picture of that image.");
      made.set(all.subarray(at * bytes, (at + 1) * bytes), nth * bytes);
    });
    return made;
  }

  /** @param {number} epoch @param {string} what @param {URLSearchParams} query @returns {Promise<BodyInit>} */
  async #ofEpoch(epoch, what, query) {
    const nth = this.facts.epochs.epochs.findIndex(({ moment }) => moment.epoch === epoch);
    if (nth < 0 || what === "encoder") throw new Explained("This file holds the encoder of the trained model alone; go to now to encode.");
    if (what === "decoder") return this.runtime.ticket(await this.#once(`decoder of ${epoch}`, () => this.#pastGraph(nth)));
    const { points, moment } = this.facts.epochs.epochs[nth];
    const columns = columnsOf(points, await this.part(`points-${epoch}`), await this.columns());
    return what === "points" ? pointsFile(columns, dimsIn(query), moment.step) : embeddingFile(columns);
  }

  /** @param {number} nth of the epochs @returns {Promise<Graph>} */
  async #pastGraph(nth) {
    const { moment, decoder, weights } = this.facts.epochs.epochs[nth];
    const blob = await this.part(`decoder-${moment.epoch}`);
    if (decoder) return graphOf(decoder, blob, null);
    const levels = await this.#levels(nth);
    const constants = Object.entries(weights).map(([name, kept]) => [name, name in levels ? scaled(levels[name], kept) : tensorOf(blob, kept)]);
    return { outputs: this.facts.decoder.outputs, nodes: this.facts.decoder.nodes, constants: Object.fromEntries(constants) };
  }

  /** Whole steps of an epoch's weights: those of the next epoch and what it differs by. @param {number} nth @returns {Promise<Record<string, Int16Array>>} */
  #levels(nth) {
    return this.#once(`levels ${nth}`, async () => {
      const { decoder, epochs } = this.facts;
      if (nth === epochs.epochs.length) return this.#finalLevels(await this.part("decoder"), decoder.constants, epochs.shift);
      const { weights, moment } = epochs.epochs[nth];
      const [after, blob] = [await this.#levels(nth + 1), await this.part(`decoder-${moment.epoch}`)];
      return Object.fromEntries(Object.entries(after).map(([name, next]) => {
        const more = levelsOf(blob, weights[name]);
        return [name, next.map((level, at) => level + more[at])];
      }));
    });
  }

  /** @param {ArrayBuffer} blob @param {Record<string, Kept>} constants @param {number} shift */
  #finalLevels(blob, constants, shift) {
    const rounded = Object.entries(constants).filter(([, { kind }]) => kind === "levels");
    return Object.fromEntries(rounded.map(([name, kept]) => [name, coarser(levelsOf(blob, kept), shift)]));
  }
}

/** @param {URLSearchParams} query */
const dimsIn = (query) => (query.get("dims") ?? "0,1").split(",").map(Number);
