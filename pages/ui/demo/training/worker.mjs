import { Trainer } from "./trainer.mjs";

/** @import { Figures, Plan } from "./trainer.mjs" */
/** @import { MetricsRow } from "../../browser/lib/contract.mjs" */

/**
 * What a training tells: rows of metrics, the model and its map.
 * @typedef {object} News
 * @property {number} step @property {number} epoch @property {number} totalSteps @property {number} seconds @property {boolean} isOver
 * @property {number} beta in force @property {number} images that it has learned from
 * @property {MetricsRow[]} rows @property {Figures} figures of the model now
 * @property {Float32Array} numbers the model's @property {{mu: Float32Array, logvar: Float32Array}} posteriors (N, D) each
 *
 * @typedef {{plan: Plan} | {beta: number} | {stop: true}} Order
 */

/** Steps are made for so long before orders are looked at. */
const TURN_MS = 30;
/** The page is sent a model no sooner than this after the one before. */
const SHOW_EVERY_MS = 250;

/** @type {Trainer | null} */
let trainer = null;
let isStopped = false;

/** @param {Trainer} training */
async function run(training) {
  const began = performance.now();
  let shown = -Infinity;
  let window = emptyWindow();
  tell(training, began, []);
  while (!training.isOver && !isStopped) {
    for (const until = performance.now() + TURN_MS; performance.now() < until && !training.isOver; ) add(window, training.advance());
    if (performance.now() - shown > SHOW_EVERY_MS || training.isOver) {
      shown = performance.now();
      tell(training, began, [row(training, window, began)]);
      window = emptyWindow();
    }
    await new Promise((resolve) => setTimeout(resolve)); // for orders
  }
  tell(training, began, [], true);
}

const emptyWindow = () => ({ count: 0, reconstruction: 0, kl: 0 });

/** @param {ReturnType<typeof emptyWindow>} window @param {ReturnType<Trainer["advance"]>} step */
function add(window, { count, terms }) {
  window.count += count;
  window.reconstruction += terms.reconstruction;
  window.kl += terms.klPerDim.reduce((sum, kl) => sum + kl, 0);
}

/** @param {Trainer} training @param {ReturnType<typeof emptyWindow>} window @param {number} began @returns {MetricsRow} */
function row({ step, epoch, beta }, { count, reconstruction, kl }, began) {
  const [reconstruction_nats, kl_nats] = [reconstruction / count, kl / count];
  return { split: "train", step, epoch, reconstruction_nats, kl_nats, loss_nats: reconstruction_nats + beta * kl_nats, elapsed_s: (performance.now() - began) / 1000 };
}

/** @param {Trainer} training @param {number} began @param {MetricsRow[]} rows @param {boolean} [isOver] */
function tell(training, began, rows, isOver = false) {
  const { step, epoch, totalSteps, beta, plan } = training;
  const figures = training.evaluate();
  const seconds = (performance.now() - began) / 1000;
  if (!isOver) rows.push(heldOutRow(training, figures, seconds));
  const images = step * plan.batch;
  /** @type {News} */
  const news = { step, epoch, totalSteps, seconds, isOver, beta, images, rows, figures, numbers: training.numbers.slice(), posteriors: training.posteriors() };
  postMessage(news);
}

/** @param {Trainer} training @param {Figures} figures @param {number} seconds @returns {MetricsRow} */
function heldOutRow({ step, epoch }, { reconstruction, kl, klPerDim, sigmaPerDim }, seconds) {
  return { split: "held-out", step, epoch, reconstruction_nats: reconstruction, kl_nats: kl, kl_per_dim_nats: klPerDim, sigma_per_dim: sigmaPerDim, elapsed_s: seconds };
}

addEventListener("message", ({ data }) => {
  const order = /** @type {Order} */ (data);
  if ("plan" in order) void run((trainer = new Trainer(order.plan)));
  else if ("beta" in order && trainer) trainer.beta = order.beta;
  else isStopped = true;
});
