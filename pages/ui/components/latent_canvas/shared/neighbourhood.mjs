import { runAddress } from "../../../browser/lib/contract.mjs";
import { fetchOrExplain } from "../../../browser/lib/fetching.mjs";
import { commonest, densityText, positionText, voteText } from "../../../browser/map/facts.mjs";
import { fetchImages } from "../../../browser/model/models.mjs";
import { nearestInAll, NeighbourGrid } from "../../../browser/maths/neighbours.mjs";
import { ThumbnailStore } from "../../../browser/map/layers/thumbnail_store.mjs";
import { rowsByImage } from "../../../browser/model/travel.mjs";
import { priorLogDensity } from "../../../browser/maths/gaussian.mjs";
import { placedOn } from "../../../browser/model/embedding.mjs";
import { fetchLayout, layoutPlane } from "../../../browser/model/laid_out.mjs";
import { heightsFor, linePlane, startingPlane } from "../../../browser/model/heights.mjs";
import { alignedTo, principalPlane } from "../../../browser/model/plane.mjs";

/** @import { CanvasData } from "../../../browser/lib/contract.mjs" */
/** @import { Point } from "../../../browser/lib/types.mjs" */
/** @import { Embedding, Posteriors } from "../../../browser/model/embedding.mjs" */
/** @import { HandleSet } from "./handle_set.mjs" */
/** @import { CanvasDom } from "../../../browser/map/canvas_dom.mjs" */
/** @import { Layout } from "../../../browser/model/laid_out.mjs" */
/** @import { Plane } from "../../../browser/model/plane.mjs" */

const NEIGHBOURS = 15;

/** What lies around a place on the map: the classes of its neighbours and the nearest real image. */
export class Neighbourhood {
  /** @param {CanvasData} data @param {{onArrive: () => void, onError: (error: unknown) => void}} events of single pictures */
  constructor(data, events) {
    this.url = runAddress.images(data.run.base);
    this.imageBytes = data.imageShape.reduce((product, size) => product * size, 1);
    /** Of a whole data set, too large to be fetched at once, only what lies next to a handle that rests. */
    const fetch = (/** @type {number[]} */ numbers, /** @type {AbortSignal} */ signal) =>
      fetchImages(data, this.posteriors?.split ?? data.points, numbers, signal);
    this.pictures = new ThumbnailStore(this.imageBytes, fetch, events);
    this.isWhole = data.points === "all";
    this.stopping = new AbortController();
    /** @type {Posteriors | null} */
    this.posteriors = null;
    /** @type {Embedding | null} those that the map shows */
    this.embedding = null;
    /** @type {NeighbourGrid | null} */
    this.grid = null;
    /** @type {{bytes: Uint8Array, count: number, rowOf: (image: number) => number} | null} place: of an image among them */
    this.images = null;
  }

  /** @param {Posteriors} posteriors @param {Embedding} embedding */
  use(posteriors, embedding) {
    if (posteriors.split !== this.posteriors?.split) this.pictures.clear(); // numbers mean other images
    this.posteriors = posteriors;
    this.embedding = embedding;
    this.grid = embedding.latentDim === 2 ? new NeighbourGrid(embedding.x, embedding.y) : null;
  }

  /**
   * Fetch the real images behind the run's newest map, once and all in one piece, so that no drag ever asks for one.
   * @param {CanvasData} data @param {Int32Array | null} index their numbers, as that map has them
   * @returns {Promise<boolean>} whether they are here now and were not before
   */
  async fetchImages({ images: canBeHad, compact }, index) {
    if (!canBeHad || compact || this.isWhole || !index || this.images?.count === index.length) return false;
    const answer = await fetchOrExplain(this.url, "The real images", this.stopping.signal);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (bytes.length !== this.imageBytes * index.length) return false;
    this.images = { bytes, count: index.length, rowOf: rowsByImage(index) };
    return true;
  }

  /** Handles rest with these rows next to them. @param {readonly number[]} rows @param {CanvasData} data */
  want(rows, { images: canBeHad, compact }) {
    const { index } = this.posteriors ?? {};
    if (this.isWhole && index && canBeHad && !compact) this.pictures.want(rows.map((row) => index[row]));
  }

  stop() {
    this.pictures.clear();
    this.stopping.abort();
  }

  /**
   * Near in latent space, which may be other than near on the map.
   * @param {readonly number[]} z all D coordinates @param {Point} place on the map
   * @returns {{vote: ReturnType<typeof commonest>, nearest: Nearest | null}}
   */
  around(z, place) {
    const { posteriors, grid } = this;
    if (!posteriors?.count) return { vote: null, nearest: null };
    const near = grid ? grid.nearest(...place, NEIGHBOURS) : nearestInAll(posteriors.mu, z, NEIGHBOURS);
    const { rows, distances } = near;
    return { vote: commonest(posteriors.labels, rows), nearest: this.#example(posteriors, rows[0], distances[0]) };
  }

  /**
   * @typedef {{row: number, image: Uint8Array | null, label: number, distance: number}} Nearest
   * image: null while it is not here
   */

  /** @param {Posteriors} posteriors @param {number} row @param {number} distance @returns {Nearest} */
  #example({ labels, index }, row, distance) {
    const start = (this.images?.rowOf(index[row]) ?? -1) * this.imageBytes;
    const whole = start < 0 ? undefined : this.images?.bytes.subarray(start, start + this.imageBytes);
    return { row, image: whole ?? this.pictures.find(index[row]) ?? null, label: labels[row], distance };
  }
}

/** Writes on the cards what is known about their handles' places. */
export class CardTexts {
  /** @param {CanvasDom} dom @param {CanvasData} data @param {HandleSet} handleSet @param {Neighbourhood} neighbourhood */
  constructor(dom, data, handleSet, neighbourhood) {
    this.dom = dom;
    this.data = data;
    this.handleSet = handleSet;
    this.neighbourhood = neighbourhood;
    /** @type {string[]} by class */
    this.colors = [];
  }

  /** @param {string[]} colors by class */
  dress(colors) {
    this.colors = colors;
    this.all();
  }

  /** Write on all cards: handles have come to rest, or the points around them are others. */
  all() {
    const nearest = this.handleSet.members.map((_, index) => this.one(index));
    this.neighbourhood.want(nearest.flatMap((each) => (each ? [each.row] : [])), this.data);
  }

  /** @param {CanvasData} data */
  update(data) {
    this.data = data;
    this.all();
  }

  /** @param {number} index @param {number} [decodeMs] that its image has taken */
  one(index, decodeMs) {
    const { z } = this.handleSet.members[index];
    const place = this.handleSet.positionOf(index);
    const card = this.dom.cards[index];
    const { classes } = this.data;
    const { vote, nearest } = this.neighbourhood.around(z, place);
    const facts = {
      z: positionText(place.slice(0, this.data.latentDim)),
      density: densityText(priorLogDensity(z)),
      vote: vote && { label: vote.label, text: voteText(classes[vote.label] ?? "", vote.share) },
      decodeMs,
    };
    card.show(facts, this.colors);
    const name = nearest && classes.length > 1 ? classes[nearest.label] : "image";
    if (nearest?.image) card.real.show(nearest.image, `${name}, ${nearest.distance.toFixed(2)} away`);
    else card.real.clear();
    return nearest;
  }
}

/**
 * @typedef {object} PlacedPointsEvents
 * @property {() => void} onTurn the plane is another
 * @property {(posteriors: Posteriors) => void} onLayout the layout, or the column, has come: place these again
 * @property {() => void} onPicture a real image next to a handle has come
 * @property {(sentence: string) => void} say
 * @property {(error: unknown) => void} onError
 */

/** The plane that the map shows, the points on it, and what lies around a place. */
export class PlacedPoints {
  /** @param {CanvasData} data @param {PlacedPointsEvents} events */
  constructor(data, events) {
    this.data = data;
    this.events = events;
    this.neighbourhood = new Neighbourhood(data, { onArrive: events.onPicture, onError: events.onError });
    this.stopping = new AbortController();
    /** @type {Layout | null} */
    this.layout = null;
    this.isLayingOut = false;
    /** @type {Map<string, Float32Array>} by split, the column that the second axis shows */
    this.columns = new Map();
    this.plane = firstPlane(data);
  }

  /** @returns {Embedding | null} */
  get embedding() {
    return this.neighbourhood.embedding;
  }

  /** Other points, on the plane that they ask for. @param {Posteriors} posteriors @returns {Embedding} */
  placeOnPlane(posteriors) {
    if (this.data.plane !== "dims" || this.data.heights) {
      this.plane = this.#planeFor(posteriors);
      this.events.onTurn();
    }
    const embedding = placedOn(posteriors, this.plane);
    this.neighbourhood.use(posteriors, embedding);
    return embedding;
  }

  /** @param {Posteriors} posteriors @returns {Plane} */
  #planeFor(posteriors) {
    const { mu, count, latentDim } = posteriors;
    const { heights, classes } = this.data;
    if (heights?.kind === "column" && !this.columns.has(posteriors.split)) void this.#fetchColumn(heights.name, posteriors);
    if (heights) return linePlane(heightsFor(heights, classes, posteriors, this.columns.get(posteriors.split)));
    if (this.data.plane === "layout") {
      if (!this.layout && !this.isLayingOut) void this.#layOut(posteriors);
      return layoutPlane(this.layout, posteriors, latentDim);
    }
    const plane = principalPlane(mu, count, latentDim);
    return this.embedding ? alignedTo(plane, this.plane) : plane; // kept from mirroring itself while a model trains
  }

  /** What else is known of the images; until it is here, all of them are nowhere. @param {string} name @param {Posteriors} posteriors */
  async #fetchColumn(name, posteriors) {
    const { split } = posteriors;
    this.columns.set(split, new Float32Array()); // asked for once
    try {
      const address = runAddress.column(this.data.run.base, { name: encodeURIComponent(name), split: split === "all" ? split : null });
      const answer = await fetchOrExplain(address, `The column ${name}`, this.stopping.signal);
      this.columns.set(split, new Float32Array(await answer.arrayBuffer()));
      this.events.onLayout(posteriors);
    } catch (error) {
      this.events.onError(error);
    }
  }

  /** @param {Posteriors} posteriors */
  async #layOut(posteriors) {
    this.isLayingOut = true;
    this.events.say("Computing the t-SNE layout…");
    try {
      this.layout = await fetchLayout(this.data.run.base, this.stopping.signal);
      this.events.say("");
      this.events.onLayout(posteriors);
    } catch (error) {
      this.events.onError(error);
    }
  }

  stop() {
    this.stopping.abort();
    this.neighbourhood.stop();
  }
}

/** Until there are points, which every other plane is made of. @param {CanvasData} data */
function firstPlane({ latentDim, dims, plane, heights, classes }) {
  if (plane === "layout") return layoutPlane(null, { mu: new Float32Array(), count: 0 }, latentDim);
  return startingPlane({ latentDim, dims, heights, classes });
}
