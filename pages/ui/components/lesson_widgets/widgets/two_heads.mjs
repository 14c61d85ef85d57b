import { newestPerSlot } from "../../../browser/lib/latest_wins.mjs";
import { painter } from "../../../browser/media/painter.mjs";
import { sample } from "../../../browser/model/posterior.mjs";
import { sentenceOf } from "../../../browser/lib/fetching.mjs";
import { decimal } from "../../../browser/lib/format.mjs";
import { button, slider } from "../plots/controls.mjs";
import { html } from "../../../browser/lib/dom.mjs";
import { normalsFrom } from "../maths/noise.mjs";
import { openModel, SHAPE } from "../models/lesson_models.mjs";

/** One image on its way: encoder, μ and log σ², ε, z, decoder, with the numbers that really stand there. */

const CLASSES = 10;
const MANY = 10;

/** @typedef {{image: number, e1: number, e2: number, draws: number}} Journey */

/** What stands in each box. @param {import("../../../browser/model/posterior.mjs").Posterior} posterior
 *  @param {{e1: number, e2: number}} noise @returns {Record<"mu" | "logvar" | "sigma" | "epsilon" | "z", number[]>} */
export function tensors(posterior, { e1, e2 }) {
  const [mu, logvar] = [Array.from(posterior.mu), Array.from(posterior.logvar)];
  const sigma = logvar.map((value) => Math.exp(value / 2));
  return { mu, logvar, sigma, epsilon: [e1, e2], z: [...sample(posterior, [e1, e2])] };
}

/** @type {import("../types.mjs").Widget<Journey>} */
export default {
  start: { image: 3, e1: 1, e2: -0.5, draws: 0 },
  goal: ({ draws }) => draws >= MANY,
  build(stage) {
    const { state } = stage;
    const [given, decoded] = ["image", "decoded"].map((name) => picture(stage, name));
    const boxes = Object.fromEntries(["mu", "logvar", "sigma", "epsilon", "z"].map((name) => [name, box(stage, name)]));
    const note = html("p", { class: "ls-muted", role: "status" });
    const [drawn, failed] = [stage.text("drawn"), stage.text("failed")];
    stage.root.append(strip(stage), journey(stage, given, boxes, decoded));
    stage.row("controls", slider(stage, "e1", { min: -3, max: 3 }), slider(stage, "e2", { min: -3, max: 3 }));
    stage.row("buttons", button(stage, "draw", () => drawNoise(stage)),
      button(stage, "none", () => stage.set({ e1: 0, e2: 0 })), note);
    const show = newestPerSlot((/** @type {object} */ _slot, /** @type {() => Promise<void>} */ job) => job());
    return {
      draw: () => show(stage, async () => {
        try {
          const { encoder, decoder, images } = await openModel(stage.data);
          const image = images[state.image] ?? images[0];
          const all = tensors(await encoder.encode(image), state);
          given.paint(image);
          decoded.paint(await decoder.decode(all.z));
          for (const [name, values] of Object.entries(all)) boxes[name].show(values);
          note.textContent = `${drawn} ${state.draws}`;
          stage.root.dataset.shown = String(state.image);
        } catch (error) {
          note.textContent = sentenceOf(error, failed);
        }
      }),
    };
  },
};

/** @param {import("../stage.mjs").Stage<Journey>} stage */
function drawNoise(stage) {
  const [e1, e2] = normalsFrom(stage.state.draws + 17, 2);
  stage.set({ e1: Math.max(-3, Math.min(3, e1)), e2: Math.max(-3, Math.min(3, e2)), draws: stage.state.draws + 1 });
}

/** A button for each class. @param {import("../stage.mjs").Stage<Journey>} stage */
function strip(stage) {
  const help = stage.text("choose-help");
  const buttons = Array.from({ length: CLASSES }, (_, at) => {
    const element = html("button", { type: "button", class: "ls-button", "data-testid": stage.hook(`digit-${at}`) }, `${at}`);
    element.addEventListener("click", () => stage.set({ image: at, draws: 0 }));
    return element;
  });
  stage.followers.push(() => buttons.forEach((each, at) => each.setAttribute("aria-pressed", `${at === stage.state.image}`)));
  const label = stage.text("choose");
  return html("div", { class: "ls-choice", role: "group", "aria-label": label, title: help }, html("span", {}, label), ...buttons);
}

/** @param {import("../stage.mjs").Stage<any>} stage @param {string} name */
function picture(stage, name) {
  const canvas = html("canvas", { class: `ls-pixels ls-pixels-${name}`, role: "img", "aria-label": stage.text(name),
    "data-testid": stage.hook(name) });
  const paint = painter(canvas, SHAPE);
  return { paint, element: html("figure", {}, canvas, html("figcaption", {}, stage.text(name))) };
}

/** A tensor with its name and its numbers. @param {import("../stage.mjs").Stage<any>} stage @param {string} name */
function box(stage, name) {
  const values = html("span", { class: "ls-tensor", "data-testid": stage.hook(`tensor-${name}`) });
  return {
    element: html("div", { class: `ls-box ls-box-${name}` }, html("b", {}, stage.text(name)), values),
    show(/** @type {number[]} */ numbers) {
      values.dataset.value = JSON.stringify(numbers);
      values.textContent = numbers.map((value) => decimal(value, 3)).join("  ");
    },
  };
}

/**
 * From left to right what happens to the image.
 * @param {import("../stage.mjs").Stage<any>} stage @param {ReturnType<typeof picture>} given
 * @param {Record<string, ReturnType<typeof box>>} boxes @param {ReturnType<typeof picture>} decoded
 */
function journey(stage, given, boxes, decoded) {
  const network = (/** @type {string} */ name) => html("div", { class: "ls-network" }, stage.text(name));
  const heads = html("div", { class: "ls-heads" }, boxes.mu.element, boxes.logvar.element, boxes.sigma.element);
  const noise = html("div", { class: "ls-heads" }, boxes.epsilon.element, boxes.z.element);
  return html("div", { class: "ls-journey" }, given.element, network("encoder"), heads, noise, network("decoder"),
    decoded.element);
}
