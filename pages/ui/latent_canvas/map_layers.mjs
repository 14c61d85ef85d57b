import { fetchOrExplain, isAbort } from "../shared/fetching.mjs";
import { LatticeCanvas } from "./lattice_canvas.mjs";
import { regionsOf } from "./options.mjs";
import { RegionsCanvas } from "./regions_canvas.mjs";
import { ThumbnailCanvas } from "./thumbnail_canvas.mjs";

/** @import { CanvasData } from "../shared/types.mjs" */
/** @import { View } from "./coordinates.mjs" */
/** @import { Decoder } from "./decoder.mjs" */
/** @import { Embedding } from "./embedding.mjs" */
/** @import { Shown } from "./options.mjs" */
/** @import { Plane } from "./plane.mjs" */

/**
 * @typedef {object} LayerEvents
 * @property {() => boolean} isBusy whether a handle is being moved, for which everything else waits
 * @property {(error: unknown) => void} failed
 */

/** What lies under and over the points: shaded regions, a lattice of decoded images, real images at their points. */
export class MapLayers {
  /** @param {{box: HTMLElement, plot: HTMLElement, points: HTMLElement}} map @param {CanvasData} data @param {LayerEvents} events */
  constructor({ plot, points }, data, events) {
    this.data = data;
    const failed = (/** @type {unknown} */ error) => isAbort(error) || events.failed(error);
    const { isBusy } = events;
    this.regions = new RegionsCanvas(layer("regions", (canvas) => plot.before(canvas)), { isBusy, failed });
    this.lattice = new LatticeCanvas(layer("lattice", (canvas) => plot.before(canvas)), data.imageShape, { isBusy, failed });
    const thumbnails = layer("pictures", (canvas) => points.after(canvas));
    this.pictures = new ThumbnailCanvas(thumbnails, data.imageShape, this.#fetchRows, { failed });
    /** @type {Shown[]} */
    this.shown = [];
    /** @type {Plane | null} */
    this.plane = null;
    /** @type {Decoder | null} */
    this.decoder = null;
    /** @type {Embedding | null} */
    this.embedding = null;
    /** @type {readonly number[]} */
    this.z = [];
    this.size = "";
  }

  get #all() {
    return [this.regions, this.lattice, this.pictures];
  }

  /** @param {View} view @param {[number, number]} size of the map in pixels */
  look(view, size) {
    if (this.size !== String(size)) this.#all.forEach((each) => each.resize(...size));
    this.size = String(size);
    this.#all.forEach((each) => each.look(view));
  }

  /** @param {Shown[]} shown */
  show(shown) {
    this.shown = shown;
    this.regions.use(regionsOf(shown));
    this.#refresh();
  }

  /** Another decoder, embedding or plane, or another z of which the plane shows a part. */
  use(/** @type {Partial<Pick<MapLayers, "decoder" | "embedding" | "plane" | "z">>} */ change) {
    Object.assign(this, change);
    this.#refresh();
  }

  /** Whatever is not new is left alone: each layer works anew for a new source. */
  #refresh() {
    const { shown, embedding, plane, z } = this;
    const decodeBatch = this.decoder?.decodeBatch ?? null;
    const ofStretch = shown.includes("stretch") ? decodeBatch : null; // holes ask nothing of the decoder
    const hasLattice = shown.includes("lattice") && plane && z.length && decodeBatch;
    const lattice = hasLattice ? { decodeBatch, plane, z, spacing: /** @type {const} */ ("linear") } : null;
    const regions = plane && z.length && embedding ? { plane, posteriors: embedding, z, decodeBatch: ofStretch } : null;
    const pictures = shown.includes("pictures") && this.data.images ? embedding : null;
    if (!sameParts(lattice, this.lattice.source)) this.lattice.show(lattice);
    if (!sameParts(regions, this.regions.source)) this.regions.show(regions);
    if (pictures !== this.pictures.embedding) this.pictures.show(pictures);
  }

  /** @param {string[]} colors by class @param {(label: number) => boolean} isShown */
  dress(colors, isShown) {
    this.pictures.dress(colors);
    this.filter(isShown);
  }

  /** @param {(label: number) => boolean} isShown */
  filter(isShown) {
    this.pictures.filter(isShown);
  }

  /** @type {import("./thumbnail_store.mjs").FetchRows} */
  #fetchRows = async (rows, signal) => {
    const split = this.data.points === "all" ? "&split=all" : "";
    const address = `${this.data.run.base}thumbnails?rows=${rows.join(",")}${split}`;
    const answer = await fetchOrExplain(address, "The real images", signal);
    return new Uint8Array(await answer.arrayBuffer());
  };

  destroy() {
    for (const each of this.#all) {
      each.destroy();
      each.canvas.remove();
    }
  }
}

/** Whether two sources are made of the very same things. @param {object | null} one @param {object | null} other */
function sameParts(one, other) {
  if (!one || !other) return one === other;
  const parts = /** @type {Record<string, unknown>} */ (other);
  return Object.entries(one).every(([name, part]) => part === parts[name]);
}

/** @param {string} name @param {(canvas: HTMLCanvasElement) => void} put where it belongs */
function layer(name, put) {
  const canvas = document.createElement("canvas");
  canvas.className = `ls-layer ls-${name}`;
  canvas.dataset.testid = name;
  canvas.setAttribute("aria-hidden", "true");
  put(canvas);
  return canvas;
}
