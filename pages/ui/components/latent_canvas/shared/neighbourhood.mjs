import { runAddress } from "../../../browser/lib/contract.mjs";
import { fetchOrExplain } from "../../../browser/lib/fetching.mjs";
import { commonest, densityText, positionText, voteText } from "../../../browser/map/facts.mjs";
import { fetchColumn, numbersOf } from "../../../browser/legend/column.mjs";
import { fetchImages } from "../../../browser/model/models.mjs";
import { nearestInAll, NeighbourGrid } from "../../../browser/maths/neighbours.mjs";
import { ThumbnailStore } from "../../../browser/map/layers/thumbnail_store.mjs";
import { priorLogDensity } from "../../../browser/maths/gaussian.mjs";
import { lineOf, placedOn, raised, rowsByImage, sharpened } from "../../../browser/model/embedding.mjs";
import { fetchLayout, layoutPlane } from "../../../browser/model/laid_out.mjs";
import { heightsFor, linePlane, startingPlane } from "../../../browser/model/heights.mjs";
import { alignedTo, principalPlane, turnedTo } from "../../../browser/model/plane.mjs";

/** @import { CanvasData } from "../../../browser/lib/contract.mjs" */
/** @import { Point } from "../../../browser/lib/types.mjs" */
/** @import { Embedding, Posteriors, SentPoints } from "../../../browser/model/embedding.mjs" */
/** @import { HandleSet } from "./handle_set.mjs" */
/** @import { View } from "../../../browser/maths/coordinates.mjs" */
/** @import { CanvasDom } from "../../../browser/map/canvas_dom.mjs" */
/** @import { Layout } from "../../../browser/model/laid_out.mjs" */

/** At most: a map may have fewer points. */
const NEIGHBOURS = 15;
/** Steps between rounded points that are wider than this share of a pixel can be seen. */
const SEEN_PX = 0.5;
/** Of real images that are fetched in one piece: 10,000 of 28 by 28 pixels in three colours. */
const MOST_BYTES = 24e6;

/** What lies around a place on the map: the classes of its neighbours and the nearest real image. */
export class Neighbourhood {
  /** Those among which neighbours are looked for. @type {Embedding | Posteriors | null} */
  #known = null;

  /**
   * @param {CanvasData} data
   * @param {{onArrive: () => void, onNeighbours: () => void, onError: (error: unknown) => void}} events onArrive: a single
   *   picture; onNeighbours: what lies around a place can be told now
   */
  constructor(data, events) {
    this.events = events;
    this.url = runAddress.images(data.run.base);
    this.imageBytes = data.imageShape.reduce((product, size) => product * size, 1);
    /** Of a whole data set, too large to be fetched at once, only what lies next to a handle that rests. */
    const fetch = (/** @type {number[]} */ numbers, /** @type {AbortSignal} */ signal) =>
      fetchImages(data, this.embedding?.split ?? data.points, numbers, signal);
    this.pictures = new ThumbnailStore(this.imageBytes, fetch, events);
    this.stopping = new AbortController();
    /** @type {Embedding | null} those that the map shows */
    this.embedding = null;
    /** @type {NeighbourGrid | null} of two dimensions' points, once it is asked for */
    this.grid = null;
    /** @type {{bytes: Uint8Array, count: number, rowOf: (image: number) => number} | null} place: of an image among them */
    this.images = null;
    /** Whether only some of the points have real images here. */
    this.areSome = false;
  }

  /** In two dimensions or one, what is near is near on the map; in more only the posteriors know. @param {Embedding} embedding */
  use(embedding) {
    if (embedding.split !== this.embedding?.split) this.pictures.clear(); // numbers mean other images
    this.embedding = embedding;
    this.grid = null;
    this.#known = embedding.latentDim > 2 ? (embedding.exact.now ?? this.#known) : embedding;
    if (embedding.latentDim > 2 && !embedding.exact.now) void this.#fetchNeighbours(embedding);
  }

  /** Those of the map before serve until these are here. @param {Embedding} embedding */
  async #fetchNeighbours(embedding) {
    try {
      const posteriors = await embedding.exact.get();
      if (this.embedding !== embedding) return; // there are newer ones
      this.#known = posteriors;
      this.events.onNeighbours();
    } catch (error) {
      if (this.embedding === embedding) this.events.onError(error);
    }
  }

  /**
   * Fetch the real images behind the run's newest map, once and all in one piece, so that no drag ever asks for one.
   * @param {CanvasData} data @param {Int32Array | null} index their numbers, as that map has them
   * @returns {Promise<boolean>} whether they are here now and were not before
   */
  async fetchImages({ images: canBeHad, compact, pictured }, index) {
    if (!canBeHad || compact || this.areMany || !index || this.images?.count === index.length) return false;
    const answer = await fetchOrExplain(this.url, "The real images", this.stopping.signal);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const held = pictured ? Int32Array.from(pictured) : index;
    if (bytes.length !== this.imageBytes * held.length) return false;
    this.images = { bytes, count: index.length, rowOf: rowsByImage(held) };
    this.areSome = Boolean(pictured);
    return true;
  }

  /** More real images than are fetched in one piece: then those that lie next to a handle that rests come one by one. */
  get areMany() {
    const { count = 0, split } = this.embedding ?? {};
    return split === "all" || count * this.imageBytes > MOST_BYTES;
  }

  /** Handles rest with these rows next to them. @param {readonly number[]} rows @param {CanvasData} data */
  want(rows, { images: canBeHad, compact }) {
    const { index } = this.#known ?? {};
    if (this.areMany && index && canBeHad && !compact) this.pictures.want(rows.map((row) => index[row]));
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
    const { embedding } = this;
    const known = this.#known;
    if (!embedding || !known?.count) return { vote: null, nearest: null };
    if (embedding.latentDim === 2) this.grid ??= new NeighbourGrid(embedding.x, embedding.y);
    const means = "mu" in known ? known.mu : embedding.x;
    const { rows, distances } = this.grid ? this.grid.nearest(...place, NEIGHBOURS) : nearestInAll(means, z, NEIGHBOURS);
    const nth = this.areSome ? Math.max(0, Array.from(rows).findIndex((row) => (this.images?.rowOf(known.index[row]) ?? -1) >= 0)) : 0;
    return { vote: commonest(known.labels, rows), nearest: this.#example(known, rows[nth], distances[nth]) };
  }

  /**
   * @typedef {{row: number, image: Uint8Array | null, label: number, distance: number}} Nearest
   * image: null while it is not here
   */

  /** @param {Embedding | Posteriors} known @param {number} row @param {number} distance @returns {Nearest} */
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
      vote: vote && { ...vote, text: voteText(classes[vote.label] ?? "", vote.share) },
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
 * @property {(points: SentPoints) => void} onLayout the layout, or the column, has come: place these again
 * @property {() => void} onNeighbours what lies around a place can be told now
 * @property {() => void} onPicture a real image next to a handle has come
 * @property {(sentence: string) => void} say
 * @property {(error: unknown) => void} onError
 */

/** Posteriors that have not come yet. */
const NOTHING = { count: 0, mu: new Float32Array(), logvar: new Float32Array(), labels: new Uint8Array(), index: new Int32Array() };

/** The plane that the map shows, the points on it, and what lies around a place. */
export class PlacedPoints {
  /** @param {CanvasData} data @param {PlacedPointsEvents} events */
  constructor(data, events) {
    this.data = data;
    this.events = events;
    this.neighbourhood = new Neighbourhood(data, {
      onArrive: events.onPicture,
      onNeighbours: events.onNeighbours,
      onError: events.onError,
    });
    this.stopping = new AbortController();
    /** @type {Layout | null} */
    this.layout = null;
    this.isLayingOut = false;
    /** @type {Map<string, Float32Array>} by split, the column that the second axis shows */
    this.columns = new Map();
    this.plane = firstPlane(data);
    /** @type {SentPoints | null} as they came */
    this.sent = null;
    this.isSharpening = false;
  }

  /** @returns {Embedding | null} */
  get embedding() {
    return this.neighbourhood.embedding;
  }

  /** Other points, on the plane that they ask for. @param {SentPoints} points @returns {Embedding} */
  placeOnPlane(points) {
    const embedding = this.#placed(points);
    this.sent = points;
    if (this.data.plane !== "dims" || this.data.heights) this.events.onTurn();
    this.neighbourhood.use(embedding);
    return embedding;
  }

  /**
   * Points are rounded: so close that it could be seen, exact ones are fetched and placed instead, once.
   * @param {View} view
   */
  async look(view) {
    const { sent: points, events } = this;
    const seen = ((points?.sent.step ?? 0) * view.width) / (view.x[1] - view.x[0]);
    if (!points || seen < SEEN_PX || this.isSharpening) return;
    this.isSharpening = true;
    try {
      const sharp = await sharpened(points, this.plane);
      if (this.sent !== points) return; // there are newer ones
      if (sharp) events.onLayout(sharp);
      else this.sent = { ...points, sent: { ...points.sent, step: 0 } }; // there are none
    } catch (error) {
      if (this.sent === points) events.onError(error);
    } finally {
      this.isSharpening = false;
    }
  }

  /** @param {SentPoints} points @returns {Embedding} */
  #placed(points) {
    const { heights, classes, plane } = this.data;
    if (heights) {
      if (heights.kind === "column" && !this.columns.has(points.split)) void this.#fetchColumn(heights.name, points);
      this.plane = linePlane(heightsFor(heights, classes, lineOf(points), this.columns.get(points.split)));
      return raised(points, this.plane);
    }
    if (plane === "layout") return this.#laidOut(points);
    if (plane === "dims") return points;
    if (!points.sent.step && this.plane.kind === "pca") return points; // it lies on this plane already
    const principal = principalPlane(points.sent);
    this.plane = this.embedding ? alignedTo(principal, this.plane) : principal; // kept from mirroring itself while a model trains
    return { ...points, ...turnedTo(points, principal, this.plane) };
  }

  /** A layout's points stand for places in all dimensions, which their posteriors alone know. @param {SentPoints} points @returns {Embedding} */
  #laidOut(points) {
    const { now } = points.exact;
    if (!now) points.exact.get().then(() => this.events.onLayout(points), this.events.onError);
    else if (!this.layout && !this.isLayingOut) void this.#layOut(points);
    const posteriors = now ?? { ...NOTHING, latentDim: points.latentDim, split: points.split };
    this.plane = layoutPlane(now && this.layout, posteriors, points.latentDim);
    return placedOn(posteriors, this.plane);
  }

  /** What else is known of the images; until it is here, all of them are nowhere. @param {string} name @param {SentPoints} points */
  async #fetchColumn(name, points) {
    const { split } = points;
    this.columns.set(split, new Float32Array()); // asked for once
    try {
      this.columns.set(split, numbersOf(await fetchColumn(this.data.run.base, name, split, this.stopping.signal)));
      this.events.onLayout(points);
    } catch (error) {
      this.events.onError(error);
    }
  }

  /** @param {SentPoints} points */
  async #layOut(points) {
    this.isLayingOut = true;
    this.events.say("Computing the t-SNE layout…");
    try {
      const onPart = (/** @type {Layout} */ layout) => {
        this.layout = layout;
        this.events.say("Refining the t-SNE layout…");
        this.events.onLayout(points);
      };
      this.layout = await fetchLayout(this.data.run.base, this.stopping.signal, { onPart });
      this.events.say("");
      this.events.onLayout(points);
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
