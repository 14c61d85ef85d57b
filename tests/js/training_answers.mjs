/** What a training in the file computes from given numbers: asked by tests/pages/demo/test_learning.py. */

import { readFileSync } from "node:fs";
import { Adam, oneCycle } from "../../pages/ui/demo/training/adam.mjs";
import { negativeElbo } from "../../pages/ui/demo/training/elbo.mjs";
import { layersOf, sizeOf } from "../../pages/ui/demo/training/network.mjs";

/** @type {{widths: {encoder: number[], decoder: number[]}, numbers: number[], x: number[], noise: number[], beta: number, rates: [number, number][]}} */
const { widths, numbers, x, noise, beta, rates } = JSON.parse(readFileSync(0, "utf8"));
const middle = sizeOf(widths.encoder);
const viewed = (/** @type {Float32Array} */ all) => ({ encoder: layersOf(widths.encoder, all), decoder: layersOf(widths.decoder, all.subarray(middle)) });
const parameters = Float32Array.from(numbers);
const gradient = new Float32Array(numbers.length);
const learning = { gradients: viewed(gradient), beta };
const { reconstruction, klPerDim } = negativeElbo(viewed(parameters), Float32Array.from(x), Float32Array.from(noise), widths.decoder[0], learning);
const adam = new Adam(numbers.length);
for (const momentum of [0.95, 0.9]) adam.step(parameters, gradient, 0.01, momentum);
const answer = { reconstruction, klPerDim: [...klPerDim], gradient: [...gradient], after: [...parameters], rates: rates.map(([step, total]) => oneCycle(step, total)) };
console.log(JSON.stringify(answer));
