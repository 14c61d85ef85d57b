import { runAddress } from "../../browser/lib/contract.mjs";
import { idle, hold } from "../../browser/lib/idle.mjs";
import { absolute, fetchOrExplain, isAbort, loadPlotly, sentenceOf } from "../../browser/lib/fetching.mjs";
import { onePerElement } from "../../browser/lib/instances.mjs";
import { isFinal, poll } from "../../browser/lib/polling.mjs";
import { readTheme, sameTheme, shadeFor } from "../../browser/lib/theme.mjs";
import { Bars, Strip } from "./kl_per_dimension.mjs";
import { Chart } from "./chart.mjs";
import { KnownFactors } from "./known_factors.mjs";
import { Feed } from "./series.mjs";
import { duration, grouped } from "../../browser/lib/format.mjs";

/** @import { CurvesData, MetricsRow, RunRef, RunState, Status } from "../../browser/lib/contract.mjs" */
/** @import { Component } from "../../browser/lib/types.mjs" */
/** @import { Answer } from "./series.mjs" */

/** @type {Record<RunState, string>} */
const WORDS = {
  queued: "Waiting",
  starting: "Starting",
  running: "Training",
  paused: "Paused",
  finished: "Finished",
  stopped: "Stopped",
  failed: "Failed",
};

/**
 * What the head of the curves says about a run.
 * @param {Status} status
 */
export function headline(status) {
  const { state, step, total_steps: total, epoch, epochs, images_per_s: speed, eta_s: left } = status;
  const isRunning = state === "running";
  return {
    state: stateText(status),
    left: isRunning && left !== null && left !== undefined ? `${duration(left)} left` : "",
    step: total ? `Epoch ${grouped(epoch)} of ${grouped(epochs)}, step ${grouped(step)} of ${grouped(total)}` : "",
    speed: (isRunning || isFinal(state)) && speed ? `${grouped(speed)} images/s` : "",
    share: total ? Math.min(1, step / total) : 0,
  };
}

/** @param {Status} status */
function stateText({ state, place, steps_per_s: pace }) {
  if (state === "queued" && place) return `${WORDS.queued}, number ${place} in line`;
  if (state === "running" && pace) return `Slow motion, ${pace} steps/s`;
  return WORDS[state];
}

/** The lines and the bar above the curves. */
class Header {
  /** @param {HTMLElement} root */
  constructor(root) {
    /** @param {string} name */
    const part = (name) => /** @type {HTMLElement} */ (root.querySelector(`.ls-${name}`));
    this.texts = { state: part("state"), left: part("left"), step: part("step"), speed: part("speed") };
    this.progress = part("progress");
    this.bar = part("bar");
  }

  /** @param {Status} status */
  show(status) {
    const { share, ...texts } = headline(status);
    for (const [name, element] of Object.entries(this.texts)) {
      const text = texts[/** @type {keyof typeof texts} */ (name)] || "\u00a0";
      if (element.textContent !== text) element.textContent = text;
    }
    this.bar.style.setProperty("--ls-share", String(share));
    this.progress.setAttribute("aria-valuenow", String(Math.round(100 * share)));
  }
}

/**
 * What of a run decides which controls the page offers and which sentence it shows. A run that starts has the controls
 * of one that trains: the page is not drawn anew in between.
 * @param {Pick<RunRef, "state" | "error">} run @returns {string}
 */
export function situationOf({ state, error }) {
  return JSON.stringify([state === "starting" ? "running" : state, error ?? null]);
}

const ASK_EVERY_MS = 350;

/** For so long other parts wait for a run's first point: whoever has pressed Start waits for it. */
const FIRST_POINT_MS = 1500;

/** A run's curves, which grow while it trains: fetched from a route, drawn into one plot that stays. */
class LiveCurves {
  /** @param {Component<CurvesData>} component */
  constructor(component) {
    this.component = component;
    this.data = component.data;
    this.root = /** @type {HTMLElement} */ (component.parentElement.querySelector(".ls-curves"));
    this.theme = readTheme(this.root);
    this.header = new Header(this.root);
    this.note = /** @type {HTMLElement} */ (this.root.querySelector(".ls-curves-note"));
    this.bars = this.#newBars();
    this.strip = this.#newStrip();
    this.factors = new KnownFactors(this.root);
    const box = /** @type {HTMLElement} */ (this.root.querySelector(".ls-chart-plot"));
    this.chart = new Chart(box, this.data, this.theme);
    this.plotly = loadPlotly(absolute(this.data.assets));
    this.plotly.catch((error) => this.#trouble(error));
    this.feed = new Feed();
    /** @type {string | null} what Python was sent last and has not taken up yet */
    this.sent = null;
    this.hasEnded = false;
    /** @type {(() => void) | null} ends the others' wait; null once there is a point */
    this.pointIsThere = isFinal(this.data.run.state) ? null : hold(FIRST_POINT_MS);
    this.stop = this.#follow();
  }

  /** @param {Component<CurvesData>} component */
  update(component) {
    this.component = component;
    const { run } = component.data;
    const isAnother = run.id !== this.data.run.id;
    this.data = component.data;
    if (isAnother) [this.bars, this.strip] = [this.#newBars(), this.#newStrip()];
    if (isAnother || (this.hasEnded && !isFinal(run.state))) this.#restart();
    const theme = readTheme(this.root);
    if (sameTheme(theme, this.theme)) return;
    this.theme = theme;
    this.bars.dress(shadeFor(this.data.look.kl, theme));
    this.strip.dress(shadeFor(this.data.look.kl, theme));
    void this.chart.dress(theme);
  }

  /** The same plot, for another run or for one that goes on. */
  #restart() {
    this.stop();
    this.feed.restart(); // what is drawn stays until the first rows are here
    this.sent = null;
    this.hasEnded = false;
    delete this.root.dataset.ready;
    this.stop = this.#follow();
  }

  #newBars() {
    const figure = /** @type {HTMLElement} */ (this.root.querySelector(".ls-kl"));
    figure.hidden = this.data.isDeterministic;
    const bars = new Bars(figure, this.data.latentDim);
    bars.dress(shadeFor(this.data.look.kl, this.theme));
    return bars;
  }

  #newStrip() {
    const strip = new Strip(this.root, this.data.latentDim);
    strip.dress(shadeFor(this.data.look.kl, this.theme));
    return strip;
  }

  #follow() {
    return poll((signal) => this.#ask(signal), { everyMs: ASK_EVERY_MS });
  }

  /** One question and its answer; false once there is nothing more to come. @param {AbortSignal} signal */
  async #ask(signal) {
    const { run } = this.data;
    try {
      const file = await fetchOrExplain(runAddress.metrics(run.base, { offset: this.feed.offset }), "The run's metrics", signal);
      /** @type {Answer} */
      const answer = await file.json();
      if (!this.pointIsThere) await idle();
      if (signal.aborted) return false;
      const { rows, status } = answer;
      this.header.show(status);
      const judgement = this.feed.judge(answer);
      if (judgement === "again") return true;
      await this.#draw(rows, judgement === "first");
      if (signal.aborted) return false;
      this.feed.took(answer);
      if (rows.length) this.#sawPoint();
      this.root.dataset.ready = "true";
      this.hasEnded = isFinal(status.state);
      this.#send(status);
      return !this.hasEnded;
    } catch (error) {
      if (isAbort(error)) return false;
      this.#trouble(error);
      throw error;
    }
  }

  #sawPoint() {
    this.pointIsThere?.();
    this.pointIsThere = null;
  }

  /** @param {MetricsRow[]} rows @param {boolean} isFirst */
  async #draw(rows, isFirst) {
    const plotly = await this.plotly.catch(() => null); // said already; header and bars work without it
    if (isFirst && plotly) await this.chart.open(plotly, this.data, rows);
    else await this.chart.extend(rows);
    if (plotly) this.note.textContent = "";
    this.strip.add(rows, isFirst);
    this.factors.add(rows, isFirst);
    const newest = rows.findLast((row) => row.kl_per_dim_nats);
    if (newest?.kl_per_dim_nats) this.bars.show(newest.kl_per_dim_nats);
  }

  /**
   * Python is sent a run's state when it is no longer as the page's controls have it: once, until it has drawn them anew.
   * @param {Status} status
   */
  #send(status) {
    const situation = situationOf(status);
    if (situation === situationOf(this.data.run)) this.sent = null;
    else if (situation !== this.sent) {
      this.sent = situation;
      this.component.setStateValue("received", { state: status.state, at: Date.now() });
    }
  }

  /** @param {unknown} error */
  #trouble(error) {
    this.note.textContent = sentenceOf(error, "The curves could not be drawn; reload the page.");
  }

  destroy() {
    this.stop();
    this.#sawPoint();
    this.chart.destroy();
    this.note.textContent = "";
  }
}

/** @type {(component: Component<CurvesData>) => () => void} */
export default onePerElement((component) => new LiveCurves(component));
