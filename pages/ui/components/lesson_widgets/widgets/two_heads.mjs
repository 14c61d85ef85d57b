import { latestWins } from "../../../browser/lib/latest_wins.mjs";
import { painter } from "../../../browser/media/painter.mjs";
import { sample } from "../../../browser/model/posterior.mjs";
import { sentenceOf } from "../../../browser/lib/fetching.mjs";
import { decimal } from "../../../browser/lib/format.mjs";
import { button, slider } from "../plots/controls.mjs";
import { html } from "../../../browser/lib/dom.mjs";
import { normalsFrom } from "../../../browser/maths/noise.mjs";
import { modelOf, openModel } from "../models/lesson_models.mjs";

/** One image on its way: encoder, μ and log σ², ε, z, decoder, with the numbers that really stand there. */

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
  build(panel) {
    const { state } = panel;
    const [given, decoded] = ["image", "decoded"].map((name) => picture(panel, name));
    const boxes = Object.fromEntries(["mu", "logvar", "sigma", "epsilon", "z"].map((name) => [name, box(panel, name)]));
    const note = html("p", { class: "ls-muted", role: "status" });
    const [drawn, failed] = [panel.text("drawn"), panel.text("failed")];
    panel.root.append(strip(panel), journey(panel, given, boxes, decoded));
    panel.row("controls", slider(panel, "e1", { min: -3, max: 3 }), slider(panel, "e2", { min: -3, max: 3 }));
    panel.row("buttons", button(panel, "draw", () => drawNoise(panel)),
      button(panel, "none", () => panel.set({ e1: 0, e2: 0 })), note);
    const show = latestWins((/** @type {object} */ _slot, /** @type {() => Promise<void>} */ job) => job());
    return {
      draw: () => show(panel, async () => {
        try {
          const { encoder, decoder, images } = await openModel(panel.data.assets, modelOf(panel));
          const image = images[state.image] ?? images[0];
          const all = tensors(await encoder.encode(image), state);
          given.paint(image);
          decoded.paint(await decoder.decode(all.z));
          for (const [name, values] of Object.entries(all)) boxes[name].show(values);
          note.textContent = `${drawn} ${state.draws}`;
          panel.root.dataset.shown = String(state.image);
        } catch (error) {
          note.textContent = sentenceOf(error, failed);
        }
      }),
    };
  },
};

/** @param {import("../panel.mjs").Panel<Journey>} panel */
function drawNoise(panel) {
  const [e1, e2] = normalsFrom(panel.state.draws + 17, 2);
  panel.set({ e1: Math.max(-3, Math.min(3, e1)), e2: Math.max(-3, Math.min(3, e2)), draws: panel.state.draws + 1 });
}

/** A button for each class. @param {import("../panel.mjs").Panel<Journey>} panel */
function strip(panel) {
  const help = panel.text("choose-help");
  const buttons = modelOf(panel).classes.map((name, index) => {
    const element = html("button", { type: "button", class: "ls-button", "data-testid": panel.hook(`class-${index}`) }, name);
    element.addEventListener("click", () => panel.set({ image: index, draws: 0 }));
    return element;
  });
  panel.followers.push(() => buttons.forEach((each, index) => each.setAttribute("aria-pressed", `${index === panel.state.image}`)));
  const label = panel.text("choose");
  return html("div", { class: "ls-choice", role: "group", "aria-label": label, title: help }, html("span", {}, label), ...buttons);
}

/** @param {import("../panel.mjs").Panel<any>} panel @param {string} name */
function picture(panel, name) {
  const canvas = html("canvas", { class: `ls-pixels ls-pixels-${name}`, role: "img", "aria-label": panel.text(name),
    "data-testid": panel.hook(name) });
  const paint = painter(canvas, modelOf(panel).imageShape);
  return { paint, element: html("figure", {}, canvas, html("figcaption", {}, panel.text(name))) };
}

/** A tensor with its name and its numbers. @param {import("../panel.mjs").Panel<any>} panel @param {string} name */
function box(panel, name) {
  const values = html("span", { class: "ls-tensor", "data-testid": panel.hook(`tensor-${name}`) });
  return {
    element: html("div", { class: `ls-box ls-box-${name}` }, html("b", {}, panel.text(name)), values),
    show(/** @type {number[]} */ numbers) {
      values.dataset.value = JSON.stringify(numbers);
      values.textContent = numbers.map((value) => decimal(value, 3)).join("  ");
    },
  };
}

/**
 * From left to right what happens to the image.
 * @param {import("../panel.mjs").Panel<any>} panel @param {ReturnType<typeof picture>} given
 * @param {Record<string, ReturnType<typeof box>>} boxes @param {ReturnType<typeof picture>} decoded
 */
function journey(panel, given, boxes, decoded) {
  const network = (/** @type {string} */ name) => html("div", { class: "ls-network" }, panel.text(name));
  const heads = html("div", { class: "ls-heads" }, boxes.mu.element, boxes.logvar.element, boxes.sigma.element);
  const noise = html("div", { class: "ls-heads" }, boxes.epsilon.element, boxes.z.element);
  return html("div", { class: "ls-journey" }, given.element, network("encoder"), heads, noise, network("decoder"),
    decoded.element);
}
