import { isAbort } from "../../../../browser/lib/fetching.mjs";
import { LatticeCanvas } from "../../../../browser/map/layers/lattice_canvas.mjs";
import { fetchImages } from "../../../../browser/model/models.mjs";
import { regionsOf } from "../../shared/options.mjs";
import { RegionsCanvas } from "../../../../browser/map/layers/regions_canvas.mjs";
import { ThumbnailCanvas } from "../../../../browser/map/layers/thumbnail_canvas.mjs";

/** @import { CanvasData, Shown } from "../../../../browser/lib/contract.mjs" */
/** @import { Theme } from "../../../../browser/lib/theme.mjs" */
/** @import { HandleSet } from "../../shared/handle_set.mjs" */
/** @import { View } from "../../../../browser/maths/coordinates.mjs" */
/** @import { Decoder } from "../../../../browser/model/decoder.mjs" */
/** @import { Embedding } from "../../../../browser/model/embedding.mjs" */
/** @import { Feature, FeatureEvents } from "../../features.mjs" */
/** @import { Plane } from "../../../../browser/model/plane.mjs" */
/** @import { Paint } from "../../shared/coloring.mjs" */
/** @import { CanvasDom } from "../../../../browser/map/canvas_dom.mjs" */

/**
 * What lies under and over the points: shaded regions, a lattice of decoded images, real images at their points.
 * @implements {Feature}
 */
export class MapLayers {
  /** @param {CanvasDom} dom @param {CanvasData} data @param {HandleSet} handleSet @param {FeatureEvents} events */
  constructor(dom, data, handleSet, events) {
    this.dom = dom;
    this.data = data;
    this.handleSet = handleSet;
    this.events = events;
    const onError = (/** @type {unknown} */ error) => isAbort(error) || events.onError(error);
    const isBusy = () => handleSet.isDragging; // all else waits for it
    this.regions = new RegionsCanvas(dom.layer("regions", "below"), { isBusy, onError });
    this.lattice = new LatticeCanvas(dom.layer("lattice", "below"), data.imageShape, { isBusy, onError });
    const pictures = dom.layer("pictures", "above");
    this.pictures = new ThumbnailCanvas(pictures, data.imageShape, this.#fetchImages, { onError }, events.travel());
    const pictured = data.pictured && new Set(data.pictured);
    if (pictured) this.pictures.isPictured = (number) => pictured.has(number);
    this.all = [this.regions, this.lattice, this.pictures];
    /** @type {readonly Shown[]} */
    this.shown = [];
    /** @type {Plane} */
    this.plane = events.plane();
    /** @type {Decoder | null} */
    this.decoder = null;
    /** @type {Embedding | null} */
    this.embedding = null;
    /** @type {readonly number[]} */
    this.z = this.#z;
  }

  /** @returns {readonly number[]} of the active handle, D coordinates */
  get #z() {
    return this.handleSet.members[this.handleSet.active].z;
  }

  /** @param {View} view @param {[number, number]} size */
  onView(view, size) {
    for (const each of this.all) each.setView(view, size);
  }

  /** @param {readonly Shown[]} shown */
  show(shown) {
    this.shown = shown;
    this.dom.explain(keyText(shown, this.data.plane, this.data.caution));
    this.regions.use(regionsOf(shown));
    this.#refresh();
  }

  /** @param {Decoder} decoder */
  useDecoder(decoder) {
    this.decoder = decoder;
    this.#refresh();
  }

  /** @param {Embedding} embedding */
  usePoints(embedding) {
    this.embedding = embedding;
    this.plane = this.events.plane();
    this.#refresh();
  }

  /** What the map does not show of the active handle's coordinates changes what lies under it, and nothing else does. */
  onRest() {
    if (this.data.latentDim === 2 || String(this.z) === String(this.#z)) return;
    this.z = [...this.#z];
    this.#refresh();
  }

  /** @param {CanvasData} data */
  update(data) {
    this.data = data;
    this.dom.explain(keyText(this.shown, data.plane, data.caution));
    this.#refresh();
  }

  /** Whatever is not new is left alone: each layer works anew for a new source. */
  #refresh() {
    const { shown, embedding, plane, z } = this;
    const decodeBatch = this.decoder?.decodeBatch ?? null;
    const ofStretch = shown.includes("stretch") ? decodeBatch : null; // holes ask nothing of the decoder
    const spacing = /** @type {const} */ ("linear");
    const lattice = shown.includes("lattice") && decodeBatch ? { decodeBatch, plane, z, spacing } : null;
    const posteriors = regionsOf(shown) === "off" ? null : this.#posteriors();
    const regions = posteriors ? { plane, posteriors, z, decodeBatch: ofStretch } : null;
    const pictures = shown.includes("pictures") && this.data.images ? embedding : null;
    if (!sameParts(lattice, this.lattice.source)) this.lattice.show(lattice);
    if (!sameParts(regions, this.regions.source)) this.regions.show(regions);
    if (pictures !== this.pictures.embedding) this.pictures.show(pictures);
  }

  /** Those behind the points, for shades alone; null until they are here. */
  #posteriors() {
    const { embedding, events } = this;
    if (!embedding || embedding.exact.now) return embedding?.exact.now ?? null;
    const isStill = () => this.embedding === embedding;
    embedding.exact.get().then(() => isStill() && this.#refresh(), (error) => isStill() && events.onError(error));
    return this.regions.source?.posteriors ?? null; // those of the map before, until then
  }

  /** @param {Theme} _theme @param {Paint} paint */
  dress(_theme, { colors, isShown }) {
    this.pictures.dress(colors);
    this.pictures.filter(isShown);
  }

  /** @type {import("../../../../browser/map/layers/thumbnail_store.mjs").FetchImages} */
  #fetchImages = (numbers, signal) => fetchImages(this.data, this.embedding?.split ?? "held-out", numbers, signal);

  destroy() {
    for (const each of this.all) each.destroy();
  }
}

/**
 * What one has to know to read the map besides its axes, in a line.
 * @param {readonly Shown[]} shown @param {CanvasData["plane"]} plane @param {string} caution what comes before all else
 */
export function keyText(shown, plane, caution) {
  return [caution, keyOf(shown, plane)].filter(Boolean).join(" ");
}

/** @param {readonly Shown[]} shown @param {CanvasData["plane"]} plane */
function keyOf(shown, plane) {
  if (plane === "layout") {
    return "t-SNE: only its points can be decoded, and handles snap to the nearest. Lattice, shades and paths need a plane.";
  }
  if (shown.includes("holes")) return "Blue stripes: the prior expects images, and there are none. Orange dots: images crowd.";
  if (shown.includes("stretch")) return "Purple dots: the image changes faster than usual. Green stripes: more slowly.";
  return "";
}

/** Whether two sources are made of the very same things. @param {object | null} one @param {object | null} other */
function sameParts(one, other) {
  if (!one || !other) return one === other;
  const parts = /** @type {Record<string, unknown>} */ (other);
  return Object.entries(one).every(([name, part]) => part === parts[name]);
}
