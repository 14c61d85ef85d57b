import { klToPrior } from "./normals.mjs";

/** One KL written in σ, σ² and log σ², and what goes wrong when it is copied; nats, of N(mu, sigma²) from N(0, 1). */

/** @typedef {(mu: number, sigma: number) => number} Formula */

/** Σ's way: ½ (μ² + σ² − 1) − log σ. @type {Formula} */
export const klInSigma = (mu, sigma) => 0.5 * (mu * mu + sigma * sigma - 1) - Math.log(sigma);

/** ½ (μ² + σ² − 1 − log σ²). @param {number} mu @param {number} variance */
export const klInVariance = (mu, variance) => 0.5 * (mu * mu + variance - 1 - Math.log(variance));

/** ½ (μ² + e^s − 1 − s), s = log σ². @param {number} mu @param {number} logvar */
export const klInLogvar = (mu, logvar) => 0.5 * (mu * mu + Math.exp(logvar) - 1 - logvar);

/** Its slope in σ. @param {number} sigma */
export const slopeInSigma = (sigma) => sigma - 1 / sigma;

/** Its slope in σ²: as σ goes to 0, it falls faster than any other. @param {number} variance */
export const slopeInVariance = (variance) => 0.5 * (1 - 1 / variance);

/** Its slope in log σ²: never below −½. @param {number} logvar */
export const slopeInLogvar = (logvar) => 0.5 * Math.expm1(logvar);

/** The right formula as the papers have it, −½ (1 + log σ² − μ² − σ²). @type {Formula} */
export const asInThePaper = klToPrior;

/** −½ lost its sign. @type {Formula} */
export const signLost = (mu, sigma) => 0.5 * (1 + 2 * Math.log(sigma) - mu * mu - sigma * sigma);

/** −½ lost its half. @type {Formula} */
export const halfLost = (mu, sigma) => -(1 + 2 * Math.log(sigma) - mu * mu - sigma * sigma);

/** A bracket closes too early: −½ (1 + log σ²) − μ² − σ². @type {Formula} */
export const bracketLost = (mu, sigma) => -0.5 * (1 + 2 * Math.log(sigma)) - mu * mu - sigma * sigma;

/** log σ where log σ² is meant: −½ (1 + log σ − μ² − σ²). @type {Formula} */
export const squareLost = (mu, sigma) => -0.5 * (1 + Math.log(sigma) - mu * mu - sigma * sigma);

/** σ taken for what is log σ²: the exponential forgotten, −½ (1 + log σ² − μ² − log σ²). @type {Formula} */
export const expLost = (mu, sigma) => -0.5 * (1 + 2 * Math.log(sigma) - mu * mu - 2 * Math.log(sigma));
