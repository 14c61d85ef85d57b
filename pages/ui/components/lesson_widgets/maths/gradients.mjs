/**
 * Two estimates of the gradient of E[(z − c)²] over z = μ + σ ε, with the exact gradient, 2 (μ − c) and 2 σ, and the
 * exact variances of both from the moments of ε. Sources: Kingma & Welling 2014 (arXiv 1312.6114), section 2.4 and
 * appendix D; Williams 1992 for the score function; Mohamed et al. 2020 (arXiv 1906.10652), sections 4 and 5.
 */

/** @typedef {{mu: number, sigma: number, target: number}} Problem */
/** @typedef {{mu: number, sigma: number}} Slope */

/** @param {Problem} problem @returns {Slope} */
export const exact = ({ mu, sigma, target }) => ({ mu: 2 * (mu - target), sigma: 2 * sigma });

/** What the chain rule finds where z has simply been drawn: a number that depends on nothing. @returns {Slope} */
export const drawnAsSuch = () => ({ mu: 0, sigma: 0 });

/** The loss at one z, times how ∇ log q(z) points: it needs no derivative of the loss. @param {Problem} problem
 *  @param {number} epsilon @returns {Slope} */
export function scoreFunction({ mu, sigma, target }, epsilon) {
  const loss = (mu + sigma * epsilon - target) ** 2;
  return { mu: (loss * epsilon) / sigma, sigma: (loss * (epsilon * epsilon - 1)) / sigma };
}

/** Through z = μ + σ ε by the chain rule: ∂z/∂μ = 1, ∂z/∂σ = ε. @param {Problem} problem @param {number} epsilon
 *  @returns {Slope} */
export function reparametrised({ mu, sigma, target }, epsilon) {
  const slope = 2 * (mu + sigma * epsilon - target);
  return { mu: slope, sigma: slope * epsilon };
}

/** The variance of one draw of the first. @param {Problem} problem @returns {Slope} */
export function scoreVariance({ mu, sigma, target }) {
  const [d, s] = [(mu - target) ** 2, sigma * sigma];
  return { mu: (d * d) / s + 14 * d + 15 * s, sigma: (2 * d * d) / s + 60 * d + 74 * s };
}

/** The variance of one draw of the second. @param {Problem} problem @returns {Slope} */
export function reparametrisedVariance({ mu, sigma, target }) {
  const [d, s] = [(mu - target) ** 2, sigma * sigma];
  return { mu: 4 * s, sigma: 4 * d + 8 * s };
}
