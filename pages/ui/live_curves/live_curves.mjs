import { absolute, fetchOrExplain, isAbort, loadPlotly, sentenceOf } from "../shared/fetching.mjs";
import { onePerElement } from "../shared/instances.mjs";
import { isFinal, poll } from "../shared/polling.mjs";
import { readTheme, sameTheme, shadeFor } from "../shared/theme.mjs";
import { Bars } from "./bars.mjs";
import { Chart } from "./chart.mjs";
import { Header } from "./header.mjs";

/** @import { Component, CurvesData, Status } from "../shared/types.mjs" */
/** @import { Row } from "./series.mjs" */

const ASK_EVERY_MS = 250;

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
    this.bars = new Bars(/** @type {HTMLElement} */ (this.root.querySelector(".ls-kl")), this.data.latentDim);
    const box = /** @type {HTMLElement} */ (this.root.querySelector(".ls-chart"));
    this.chart = new Chart(box, this.data.look, this.theme);
    this.plotly = loadPlotly(absolute(this.data.assets));
    this.plotly.catch((error) => this.#trouble(error));
    this.offset = 0;
    this.wasFinal = isFinal(this.data.run.state);
    this.bars.dress(shadeFor(this.data.look.kl, this.theme));
    this.stop = this.#follow();
  }

  /** @param {Component<CurvesData>} component */
  update(component) {
    this.component = component;
    const { run } = component.data;
    const isAnother = run.id !== this.data.run.id;
    this.data = component.data;
    if (isAnother) this.#restart();
    const theme = readTheme(this.root);
    if (sameTheme(theme, this.theme)) return;
    this.theme = theme;
    this.bars.dress(shadeFor(this.data.look.kl, theme));
    void this.chart.dress(theme);
  }

  /** The same plot, for another run. */
  #restart() {
    this.stop();
    this.offset = 0;
    this.wasFinal = isFinal(this.data.run.state);
    this.bars = new Bars(/** @type {HTMLElement} */ (this.root.querySelector(".ls-kl")), this.data.latentDim);
    this.bars.dress(shadeFor(this.data.look.kl, this.theme));
    delete this.root.dataset.ready;
    this.stop = this.#follow();
  }

  #follow() {
    return poll((signal) => this.#ask(signal), { everyMs: ASK_EVERY_MS });
  }

  /** One question and its answer; false once there is nothing more to come. @param {AbortSignal} signal */
  async #ask(signal) {
    const { run } = this.data;
    try {
      const answer = await fetchOrExplain(`${run.base}metrics?offset=${this.offset}`, "The run's metrics", signal);
      /** @type {{rows: Row[], offset: number, status: Status}} */
      const { rows, offset, status } = await answer.json();
      this.header.show(status);
      await this.#draw(rows, this.root.dataset.ready !== "true");
      if (signal.aborted) return false;
      this.offset = offset;
      this.root.dataset.ready = "true";
      if (!isFinal(status.state)) return true;
      this.#tell(status);
      return false;
    } catch (error) {
      if (isAbort(error)) return false;
      this.#trouble(error);
      throw error;
    }
  }

  /** @param {Row[]} rows @param {boolean} isFirst */
  async #draw(rows, isFirst) {
    const plotly = await this.plotly.catch(() => null); // said already; header and bars work without it
    if (isFirst && plotly) await this.chart.open(plotly, rows);
    else await this.chart.extend(rows);
    if (plotly) this.note.textContent = "";
    const newest = rows.findLast((row) => row.kl_per_dim_nats);
    if (newest?.kl_per_dim_nats) this.bars.show(newest.kl_per_dim_nats);
  }

  /** Python hears once that a run it knew as running has ended. @param {Status} status */
  #tell({ state }) {
    if (!this.wasFinal) this.component.setStateValue("state", state);
    this.wasFinal = true;
  }

  /** @param {unknown} error */
  #trouble(error) {
    this.note.textContent = sentenceOf(error, "The curves could not be drawn; reload the page.");
  }

  destroy() {
    this.stop();
    this.chart.destroy();
    this.note.textContent = "";
  }
}

/** @type {(component: Component<CurvesData>) => () => void} */
export default onePerElement((component) => new LiveCurves(component));
