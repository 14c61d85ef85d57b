import { standardNormal } from "../../../../browser/maths/gaussian.mjs";
import { uniformFrom } from "../../../../browser/maths/noise.mjs";
import { drawnPlaces, massesOf, systematic } from "../../../../browser/maths/patches.mjs";
import { drawnField, fieldOf } from "../../../../browser/map/layers/heat.mjs";
import { project } from "../../../../browser/model/plane.mjs";
import { filled, packed } from "./asked_draws.mjs";

/** @import { Decoder } from "../../../../browser/model/decoder.mjs" */
/** @import { Field } from "../../../../browser/map/layers/regions.mjs" */
/** @import { Plane } from "../../../../browser/model/plane.mjs" */
/** @import { WeightedDraws } from "../../../../browser/maths/importance.mjs" */
/** @import { Patches } from "../../../../browser/maths/patches.mjs" */
/** @import { Visible } from "../../../../browser/maths/visible.mjs" */
/** @import { AskedLattice } from "./asked_lattice.mjs" */

/**
 * What was found of z, however it was found.
 * @typedef {object} Answer
 * @property {() => Field | null} field of it on the map; null where the map is no plane
 * @property {(count: number) => Float64Array[]} draw (count) of (D,), the same every time
 * @property {number | null} effective as many independent draws it is worth; null where it is no draws
 * @property {number} count of weighted draws, or of patches
 * @property {number} logEvidence log p(visible), nats
 */

const SEED = 7;
/** Draws on the map, for their kernels. */
const ON_MAP = 400;

/** @param {AskedLattice} lattice @param {Patches} patches @returns {Answer} */
export function latticeAnswer(lattice, patches) {
  const { shares, logEvidence } = massesOf(patches);
  return {
    field: () => fieldOf(patches, shares, lattice.asked.reach, lattice.columns),
    draw: (count) => drawnPlaces(patches, shares, count, uniformFrom(SEED)).map((place) => lattice.lift(place)),
    effective: null,
    count: shares.length,
    logEvidence,
  };
}

/** @param {WeightedDraws} draws @param {Plane} plane @param {number} reach @returns {Answer} */
export function drawsAnswer(draws, plane, reach) {
  const { shares, effective, logEvidence } = draws.weigh();
  const draw = (/** @type {number} */ count) => systematic(shares, count, uniformFrom(SEED)()).map((row) => draws.zs[row]);
  const field = () => drawnField(draw(ON_MAP).map((z) => project(plane, z)), effective, reach);
  return { field: plane.kind === "layout" ? () => null : field, draw, effective, count: draws.zs.length, logEvidence };
}

/** Of so many draws the average is made. */
const AVERAGED = 48;

/**
 * Ways in which the image may go on: what is visible, and in the hidden part what draws of z make of it.
 * @param {Decoder} decoder @param {Answer} answer @param {Visible} visible @param {number} count of single draws
 * @returns {Promise<Float32Array[]>} (1 + count) of C·H·W, 0 to 1: their average, then draws, evenly chosen
 */
export async function completionsOf(decoder, answer, visible, count) {
  const zs = answer.draw(AVERAGED);
  const all = await decoder.decodeBatch(packed(zs, zs[0].length), zs.length);
  const pixels = visible.image.length;
  const average = new Float64Array(pixels);
  for (let index = 0; index < all.length; index++) average[index % pixels] += all[index] / zs.length;
  const order = shuffledRows(zs.length).slice(0, count);
  return [average, ...order.map((row) => all.subarray(row * pixels, (row + 1) * pixels))].map((hidden) => filled(visible, hidden));
}

/** Rows in an order that has nothing to do with where they lie, the same every time. @param {number} count @returns {number[]} */
function shuffledRows(count) {
  const random = uniformFrom(SEED);
  const keys = Array.from({ length: count }, () => standardNormal(random));
  return keys.map((_, row) => row).sort((one, other) => keys[one] - keys[other]);
}
