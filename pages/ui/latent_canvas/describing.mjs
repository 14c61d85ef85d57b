import { densityText, positionText, priorLogDensity, voteText } from "./facts.mjs";

/** @import { CanvasData, Point } from "../shared/types.mjs" */
/** @import { Card } from "./cards.mjs" */
/** @import { Surroundings } from "./surroundings.mjs" */

/**
 * Write on a card what is known about its handle's place.
 * @param {Card} card @param {Point} z @param {Surroundings} surroundings
 * @param {{data: CanvasData, colors: string[], decodeMs?: number}} rest colors by class
 */
export function describe(card, z, surroundings, { data, colors, decodeMs }) {
  const { classes, latentDim } = data;
  const { vote, nearest } = surroundings.around(z);
  const facts = {
    z: positionText(z),
    density: densityText(priorLogDensity(z, latentDim)),
    vote: vote && { label: vote.label, text: voteText(classes[vote.label] ?? "", vote.share) },
    decodeMs,
  };
  card.show(facts, colors);
  if (nearest) card.real.show(nearest.image, `${classes[nearest.label]}, ${nearest.distance.toFixed(2)} away`);
}
