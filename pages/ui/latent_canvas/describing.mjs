import { densityText, positionText, voteText } from "./facts.mjs";
import { priorLogDensity } from "./gaussian.mjs";

/** @import { CanvasData, Point } from "../shared/types.mjs" */
/** @import { Card } from "./cards.mjs" */
/** @import { Surroundings } from "./surroundings.mjs" */

/**
 * Write on a card what is known about its handle's place.
 * @param {Card} card @param {readonly number[]} z all D coordinates @param {Point} place on the map
 * @param {Surroundings} surroundings
 * @param {{data: CanvasData, colors: string[], decodeMs?: number}} rest colors by class
 */
export function describe(card, z, place, surroundings, { data, colors, decodeMs }) {
  const { vote, nearest } = surroundings.around(z, place);
  const facts = {
    z: positionText(place),
    density: densityText(priorLogDensity(z)),
    vote: vote && { label: vote.label, text: voteText(data.classes[vote.label] ?? "", vote.share) },
    decodeMs,
  };
  card.show(facts, colors);
  if (nearest) card.real.show(nearest.image, `${data.classes[nearest.label]}, ${nearest.distance.toFixed(2)} away`);
}
