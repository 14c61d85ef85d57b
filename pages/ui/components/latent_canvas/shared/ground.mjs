import { latentName } from "../../../browser/lib/format.mjs";
import { placedOn } from "../../../browser/model/embedding.mjs";
import { fetchLayout, layoutPlane } from "../../../browser/model/laid_out.mjs";
import { alignedTo, dimensionsPlane, principalPlane } from "../../../browser/model/plane.mjs";
import { Surroundings } from "./neighbourhood.mjs";

/** @import { CanvasData } from "../../../browser/lib/types.mjs" */
/** @import { Embedding, Posteriors } from "../../../browser/model/embedding.mjs" */
/** @import { Layout } from "../../../browser/model/laid_out.mjs" */
/** @import { Plane } from "../../../browser/model/plane.mjs" */

/**
 * @typedef {object} GroundEvents
 * @property {() => void} turned the plane is another
 * @property {(posteriors: Posteriors) => void} laidOut the layout has come: place these again
 * @property {() => void} pictured a real image next to a handle has come
 * @property {(sentence: string) => void} say
 * @property {(error: unknown) => void} failed
 */

/** What the handles stand on: the plane that the map shows, the points on it, and what lies around a place. */
export class Ground {
  /** @param {CanvasData} data @param {GroundEvents} events */
  constructor(data, events) {
    this.data = data;
    this.events = events;
    this.surroundings = new Surroundings(data, { arrived: events.pictured, failed: events.failed });
    this.stopping = new AbortController();
    /** @type {Layout | null} */
    this.layout = null;
    this.isLayingOut = false;
    this.plane = firstPlane(data);
  }

  /** @returns {Embedding | null} */
  get embedding() {
    return this.surroundings.embedding;
  }

  /** Other points, on the plane that they ask for. @param {Posteriors} posteriors @returns {Embedding} */
  place(posteriors) {
    if (this.data.plane !== "dims") {
      this.plane = this.#planeFor(posteriors);
      this.events.turned();
    }
    const embedding = placedOn(posteriors, this.plane);
    this.surroundings.use(posteriors, embedding);
    return embedding;
  }

  /** @param {Posteriors} posteriors @returns {Plane} */
  #planeFor(posteriors) {
    const { mu, count, latentDim } = posteriors;
    if (this.data.plane === "layout") {
      if (!this.layout && !this.isLayingOut) void this.#layOut(posteriors);
      return layoutPlane(this.layout, posteriors, latentDim);
    }
    const plane = principalPlane(mu, count, latentDim);
    return this.embedding ? alignedTo(plane, this.plane) : plane; // kept from mirroring itself while a model trains
  }

  /** @param {Posteriors} posteriors */
  async #layOut(posteriors) {
    this.isLayingOut = true;
    this.events.say("Computing the t-SNE layout…");
    try {
      this.layout = await fetchLayout(this.data.run.base, this.stopping.signal);
      this.events.say("");
      this.events.laidOut(posteriors);
    } catch (error) {
      this.events.failed(error);
    }
  }

  stop() {
    this.stopping.abort();
    this.surroundings.stop();
  }
}

/** Until there are points, which every other plane is made of. @param {CanvasData} data */
function firstPlane({ latentDim, dims, plane }) {
  if (plane === "layout") return layoutPlane(null, { mu: new Float32Array(), count: 0 }, latentDim);
  return dimensionsPlane(latentDim, dims, dims.map(latentName));
}
