import { densityText, positionText, voteText } from "../../../browser/map/facts.mjs";
import { priorLogDensity } from "../../../browser/maths/gaussian.mjs";

/** @import { CanvasData } from "../../../browser/lib/types.mjs" */
/** @import { Cast } from "./handle_set.mjs" */
/** @import { Stage } from "../../../browser/map/canvas_dom.mjs" */
/** @import { Surroundings } from "./neighbourhood.mjs" */

/** Writes on the cards what is known about their handles' places. */
export class Describing {
  /** @param {Stage} stage @param {CanvasData} data @param {Cast} cast @param {Surroundings} surroundings */
  constructor(stage, data, cast, surroundings) {
    this.stage = stage;
    this.data = data;
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

  /** Handles rest, or what they stand on is another. */
  all() {
    const nearest = this.cast.members.map((_, at) => this.one(at));
    this.surroundings.want(nearest.flatMap((each) => (each ? [each.row] : [])), this.data);
  }

  /** @param {CanvasData} data */
  update(data) {
    this.data = data;
    this.all();
  }

  /** @param {number} at @param {number} [decodeMs] that its image has taken */
  one(at, decodeMs) {
    const { z } = this.cast.members[at];
    const place = this.cast.place(at);
    const card = this.stage.cards[at];
    const { classes } = this.data;
    const { vote, nearest } = this.surroundings.around(z, place);
    const facts = {
      z: positionText(place),
      density: densityText(priorLogDensity(z)),
      vote: vote && { label: vote.label, text: voteText(classes[vote.label] ?? "", vote.share) },
      decodeMs,
    };
    card.show(facts, this.colors);
    if (nearest?.image) card.real.show(nearest.image, `${classes[nearest.label]}, ${nearest.distance.toFixed(2)} away`);
    else card.real.clear();
    return nearest;
  }
}
