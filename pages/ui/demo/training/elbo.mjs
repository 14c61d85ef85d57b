import { backward, forward } from "./network.mjs";

/** @import { Linear } from "./network.mjs" */

/**
 * A VAE of fully connected layers, a diagonal Gaussian posterior and Bernoulli pixels.
 * @typedef {{encoder: Linear[], decoder: Linear[]}} Vae
 *
 * Sums over a batch, nats: of the reconstruction, and of each dimension's KL.
 * @typedef {{reconstruction: number, klPerDim: Float64Array}} Terms
 */

/**
 * What an encoder makes of images. @param {Vae} vae @param {Float32Array} x (B, P), 0 to 1 @param {number} count B @param {number} dim D
 */
export function encode({ encoder }, x, count, dim) {
  const { out, trace } = forward(encoder, x, count); // (B, 2D): mu, then log σ²
  const [mu, logvar] = [0, dim].map((start) => Float32Array.from({ length: count * dim }, (_, at) => out[Math.floor(at / dim) * 2 * dim + start + (at % dim)]));
  return { mu, logvar, trace };
}

/**
 * Reconstruction and KL from one sample of the posterior for each image, and, where it is asked for, the gradient of the
 * mean of reconstruction + β · KL: `vae_core/training/fused_elbo.py`, line by line.
 * Source: Kingma & Welling 2014 (arXiv 1312.6114), eq. 10, whose KL has the gradients μ in μ and ½ (σ² − 1) in log σ².
 * @param {Vae} vae @param {Float32Array} x (B, P), 0 to 1 @param {Float32Array} noise (B, D), standard normal @param {number} dim D
 * @param {{gradients: Vae, beta: number} | null} [learning] null: only scored
 * @returns {Terms}
 */
export function negativeElbo(vae, x, noise, dim, learning = null) {
  const count = noise.length / dim;
  const { mu, logvar, trace } = encode(vae, x, count, dim);
  const sigma = logvar.map((value) => Math.exp(value / 2));
  const decoded = forward(vae.decoder, mu.map((mean, at) => mean + sigma[at] * noise[at]), count);
  const { nats: reconstruction, d } = bernoulli(decoded.out, x, 1 / count);
  const klPerDim = klSums(mu, logvar, dim);
  if (!learning) return { reconstruction, klPerDim };
  const share = learning.beta / count;
  const dz = backward(vae.decoder, learning.gradients.decoder, decoded.trace, d, count);
  const dEncoded = new Float32Array(2 * count * dim);
  for (let at = 0; at < mu.length; at++) {
    const to = Math.floor(at / dim) * 2 * dim + (at % dim);
    dEncoded[to] = dz[at] + share * mu[at];
    dEncoded[to + dim] = 0.5 * (dz[at] * noise[at] * sigma[at] + share * (sigma[at] * sigma[at] - 1));
  }
  backward(vae.encoder, learning.gradients.encoder, trace, dEncoded, count, true);
  return { reconstruction, klPerDim };
}

/**
 * Cross-entropy of pixels against logits, summed, and its gradient times a share.
 * @param {Float32Array} logits @param {Float32Array} x @param {number} share
 */
function bernoulli(logits, x, share) {
  const d = new Float32Array(logits.length);
  let nats = 0;
  for (let at = 0; at < logits.length; at++) {
    const logit = logits[at];
    const small = Math.exp(-Math.abs(logit));
    nats += (logit > 0 ? (1 - x[at]) * logit : -x[at] * logit) + Math.log1p(small);
    d[at] = ((logit > 0 ? 1 : small) / (1 + small) - x[at]) * share;
  }
  return { nats, d };
}

/** @param {Float32Array} mu @param {Float32Array} logvar @param {number} dim */
function klSums(mu, logvar, dim) {
  const sums = new Float64Array(dim);
  mu.forEach((mean, at) => (sums[at % dim] += 0.5 * (mean * mean + Math.expm1(logvar[at]) - logvar[at])));
  return sums;
}
