import { densityText, positionText, voteText } from "./facts.mjs";
import { priorLogDensity } from "./gaussian.mjs";

/** @import { CanvasData } from "../shared/types.mjs" */
/** @import { Cast } from "./cast.mjs" */
/** @import { Stage } from "./stage.mjs" */
/** @import { Surroundings } from "./surroundings.mjs" */

/** Writes on the cards what is known about their handles' places. */
export class Describing {
  /** @param {Stage} stage @param {CanvasData} data @param {Cast} cast @param {Surroundings} surroundings */
  constructor(stage, { classes }, cast, surroundings) {
    this.stage = stage;
    this.classes = classes;
    this.cast = cast;
    this.surroundings = surroundings;
    /** @type {string[]} by class */
    this.colors = [];
  }

  /** @param {string[]} colors by class */
  dress(colors) {
    this.colors = colors;
    this.all();
  }

  all() {
    this.cast.members.forEach((_, at) => this.one(at));
  }

  /** @param {number} at @param {number} [decodeMs] that its image has taken */
  one(at, decodeMs) {
    const { z } = this.cast.members[at];
    const place = this.cast.place(at);
    const card = this.stage.cards[at];
    const { vote, nearest } = this.surroundings.around(z, place);
    const facts = {
      z: positionText(place),
      density: densityText(priorLogDensity(z)),
      vote: vote && { label: vote.label, text: voteText(this.classes[vote.label] ?? "", vote.share) },
      decodeMs,
    };
    card.show(facts, this.colors);
    if (nearest) card.real.show(nearest.image, `${this.classes[nearest.label]}, ${nearest.distance.toFixed(2)} away`);
  }
}
