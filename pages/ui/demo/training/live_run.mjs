import { Explained } from "../../browser/lib/fetching.mjs";
import { embeddingFile, pointsFile } from "../inside/points.mjs";
import { graphsOf } from "./graphs.mjs";

/** @import { MetricsRow, Moment, RunState, Status } from "../../browser/lib/contract.mjs" */
/** @import { Graph } from "../../browser/graph/graph.mjs" */
/** @import { Columns } from "../inside/points.mjs" */
/** @import { OwnRuntime } from "../inside/own_runtime.mjs" */
/** @import { Plan } from "./trainer.mjs" */
/** @import { News } from "./worker.mjs" */

/** @typedef {{step: number, encoder: Graph, decoder: Graph, columns: Columns}} Published a model and its map after a step */

/** Epochs that can be looked back on; with more, every second one goes. */
const MOST_MOMENTS = 40;

/** A run that trains in this file: what a server would answer about it. */
export class LiveRun {
  /** @type {MetricsRow[]} */
  rows = [];
  /** @type {Published | null} the newest */
  now = null;
  /** @type {Map<number, {moment: Moment, published: Published}>} by epoch */
  moments = new Map();
  /** @type {News | null} */
  news = null;
  /** @type {RunState} */
  state = "starting";

  /**
   * @param {Plan} plan @param {{encoder: number[], decoder: number[]}} widths @param {readonly number[]} imageShape
   * @param {Pick<Columns, "labels" | "index">} images the held-out ones @param {OwnRuntime} runtime
   */
  constructor(plan, widths, imageShape, images, runtime) {
    this.plan = plan;
    this.widths = widths;
    this.imageShape = imageShape;
    this.images = images;
    this.runtime = runtime;
    this.every = 1;
  }

  /** @param {News} news */
  take(news) {
    this.news = news;
    this.state = !news.isOver ? "running" : news.step < news.totalSteps ? "stopped" : "finished";
    this.rows.push(...news.rows);
    const published = { step: news.step, ...graphsOf(news.numbers, this.widths, this.imageShape), columns: this.#columns(news) };
    this.now = published;
    this.#keep(news, published);
  }

  /** @param {News} news @returns {Columns} */
  #columns({ posteriors }) {
    const { latentDim } = this.plan;
    const count = posteriors.mu.length / latentDim;
    const [mu, logvar] = [posteriors.mu, posteriors.logvar].map((values) =>
      Array.from({ length: latentDim }, (_, dim) => Float32Array.from({ length: count }, (_row, row) => values[row * latentDim + dim])),
    );
    return { count, split: "held-out", mu, logvar, ...this.images };
  }

  /** @param {News} news @param {Published} published */
  #keep({ epoch, step, figures }, published) {
    if (epoch % this.every || this.moments.has(epoch)) return;
    const moment = { epoch, step, reconstruction_nats: figures.reconstruction, kl_nats: figures.kl, beta: null };
    this.moments.set(epoch, { moment, published });
    if (this.moments.size <= MOST_MOMENTS) return;
    this.every *= 2;
    for (const each of this.moments.keys()) if (each % this.every) this.moments.delete(each);
  }

  /** @returns {Status} */
  get status() {
    const { news, plan, state } = this;
    const { step = 0, epoch = 0, totalSteps = 0, seconds = 0, images = 0, beta = plan.beta } = news ?? {};
    const speed = seconds ? images / seconds : 0;
    const left = step ? (seconds * (totalSteps - step)) / step : null;
    return {
      state, step, total_steps: totalSteps, epoch, epochs: plan.epochs, images_per_s: Math.round(speed), eta_s: left, live_step: this.now?.step ?? null,
      error: null, created_at: 0, updated_at: 0, beta, learning_rate: plan.learningRate, steps_per_s: null, diverged_step: null, place: 0,
    };
  }

  /** @param {string} path below the run's address @param {URLSearchParams} query @returns {Promise<BodyInit>} */
  async answer(path, query) {
    const [first, number, what] = path.split("/");
    if (first === "status") return JSON.stringify(this.status);
    if (first === "rows") return JSON.stringify({ rows: this.rows.slice(Number(query.get("offset") ?? 0)), offset: this.rows.length, status: this.status });
    if (first === "columns") return JSON.stringify({ columns: [] });
    if (first === "snapshots" && !number) return JSON.stringify({ snapshots: [...this.moments.values()].map(({ moment }) => moment) });
    const published = first === "snapshots" ? this.moments.get(Number(number))?.published : this.now;
    if (!published) throw new Explained("This epoch is no longer kept; choose another.");
    return this.#ofStep(published, first === "snapshots" ? what : first);
  }

  /** @param {Published} published @param {string} what @returns {BodyInit} */
  #ofStep(published, what) {
    if (what === "decoder" || what === "encoder") return this.runtime.ticket(published[what]);
    if (what === "points") return pointsFile(published.columns, [0, 1], published.step);
    if (what === "embedding") return embeddingFile(published.columns);
    throw new Explained("This file does not hold that.");
  }
}
