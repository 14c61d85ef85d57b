import { Explained, isAbort } from "../../../../browser/lib/fetching.mjs";
import { imageFrom, readImage } from "../../../../browser/media/intake.mjs";
import { toModel } from "../../../../browser/media/model_image.mjs";
import { listen } from "../../../../browser/lib/pointer.mjs";
import { nearestWithin } from "../../../../browser/maths/neighbours.mjs";
import { byImage } from "../../../../browser/model/embedding.mjs";
import { fetchImages } from "../../../../browser/model/models.mjs";

/** @import { Picture } from "../../../../browser/media/intake.mjs" */
/** @import { Fitting } from "../../../../browser/media/model_image.mjs" */
/** @import { CanvasData } from "../../../../browser/lib/contract.mjs" */
/** @import { Point } from "../../../../browser/lib/types.mjs" */
/** @import { View } from "../../../../browser/maths/coordinates.mjs" */
/** @import { Embedding } from "../../../../browser/model/embedding.mjs" */
/** @import { Posterior } from "../../../../browser/model/posterior.mjs" */

/**
 * @typedef {object} SourceEvents
 * @property {(image: Float32Array, note: string) => void} onImage a picture, as the model sees it
 * @property {(error: unknown) => void} onError
 * @property {() => boolean} isOpen whether what is pasted is to be taken
 */

/** Ways for a picture to get in: chosen, dropped, pasted; and how it is fitted to what the model sees. */
export class ImageSources {
  /**
   * @param {HTMLElement} box holds the buttons, and takes what is dropped on it
   * @param {{shape: [number, number, number], inkShare: number | null}} what inkShare: of the longer side of the ink in
   *   the data's images, where they are of ink
   * @param {SourceEvents} events
   */
  constructor(box, { shape, inkShare }, events) {
    this.box = box;
    this.shape = shape;
    this.inkShare = inkShare;
    this.events = events;
    /** @type {Picture | null} the last one brought */
    this.picture = null;
    this.reading = new AbortController();
    this.input = /** @type {HTMLInputElement} */ (box.querySelector('input[type="file"]'));
    this.fitting = /** @type {HTMLElement} */ (box.querySelector(".ls-fitting"));
    this.centre = /** @type {HTMLInputElement} */ (box.querySelector('[data-fit="centre"]'));
    this.invert = /** @type {HTMLInputElement} */ (box.querySelector('[data-fit="invert"]'));
    this.centre.checked = inkShare !== null;
    /** @type {HTMLElement} */ (this.centre.parentElement).hidden = inkShare === null;
    this.stops = this.#listen(/** @type {HTMLElement} */ (box.querySelector(".ls-paste")));
  }

  /** @param {HTMLElement} paste */
  #listen(paste) {
    paste.hidden = !navigator.clipboard?.read;
    const fit = { change: () => this.#fit() };
    return [
      listen(this.input, { change: () => this.#chosen() }),
      listen(paste, { click: () => void this.#take(() => navigator.clipboard.read().then(imageFrom, refusedToPaste)) }),
      listen(this.centre, fit),
      listen(this.invert, fit),
      listen(document, { paste: (/** @type {ClipboardEvent} */ event) => this.#pasted(event) }),
      listen(this.box, {
        dragover: (/** @type {DragEvent} */ event) => this.#over(event, true),
        dragleave: (/** @type {DragEvent} */ event) => this.#over(event, false),
        drop: (/** @type {DragEvent} */ event) => {
          this.#over(event, false);
          void this.#take(() => imageFrom(event));
        },
      }),
    ];
  }

  #chosen() {
    const [file] = this.input.files ?? [];
    this.input.value = ""; // so that the same file can be chosen again
    if (file) void this.#take(async () => file);
  }

  /** @param {ClipboardEvent} event */
  #pasted(event) {
    const isTyping = event.target instanceof Element && event.target.closest("input, textarea, [contenteditable]");
    if (!this.events.isOpen() || isTyping) return;
    event.preventDefault();
    void this.#take(() => imageFrom(event));
  }

  /** @param {DragEvent} event @param {boolean} isOver */
  #over(event, isOver) {
    event.preventDefault(); // or the browser would leave the page for the file
    this.box.classList.toggle("ls-over", isOver);
  }

  /** The newest wins; a large one that is still being read is let go. @param {() => Promise<Blob>} blob */
  async #take(blob) {
    this.reading.abort();
    this.reading = new AbortController();
    const { signal } = this.reading;
    try {
      const picture = await readImage(await blob(), signal);
      if (signal.aborted) return;
      this.picture = picture;
      this.invert.checked = false;
      this.fitting.hidden = false;
      this.#fit();
    } catch (error) {
      if (!isAbort(error) && !signal.aborted) this.events.onError(error);
    }
  }

  #fit() {
    if (!this.picture) return;
    const { rgba, width, height, note } = this.picture;
    const { shape, inkShare } = this;
    /** @type {Fitting} */
    const fitting = {
      invert: this.invert.checked ? "against" : "auto",
      fit: this.#isAsIs ? "whole" : "centre",
      inkShare: inkShare ?? 1,
    };
    this.events.onImage(toModel(rgba, width, height, shape, fitting), note);
  }

  /** Nothing is moved in what has the model's size already: it comes from the data, or is made to look like it. */
  get #isAsIs() {
    const [, height, width] = this.shape;
    const isOfItsSize = this.picture?.width === width && this.picture.height === height;
    return !this.centre.checked || isOfItsSize;
  }

  /** Another image is looked at: there is nothing to fit any more. */
  forget() {
    this.reading.abort();
    this.picture = null;
    this.fitting.hidden = true;
  }

  destroy() {
    this.reading.abort();
    for (const stop of this.stops) stop();
  }
}

/** The browser asks its user whether a page may read the clipboard. @returns {Promise<Blob>} */
function refusedToPaste() {
  throw new Explained("The browser did not let us read the clipboard; allow it, or press Control V, or choose a file.");
}

/** Pixels around a point in which it is hit: by a mouse, by a finger. */
const [MOUSE_PX, FINGER_PX] = [8, 16];

/** @param {string} pointerType of the event: a laptop may have both */
export const reachPx = (pointerType) => (pointerType === "touch" ? FINGER_PX : MOUSE_PX);

/**
 * The point at a place of the map: the nearest that is shown, if it is near enough.
 * @param {Pick<Embedding, "x" | "y" | "labels" | "marks">} embedding @param {View} view
 * @param {Point} place @param {number} reach in pixels
 * @param {(mark: number) => boolean} isShown
 * @returns {number} its row, −1 for none
 */
export function pointAt({ x, y, labels, marks }, view, [px, py], reach, isShown) {
  return nearestWithin(x, y, marks ?? labels, isShown, px, py, (reach * (view.x[1] - view.x[0])) / view.width);
}

/** An image of the data set that was picked on the map: found again on every other map of the same images. */
export class PickedImage {
  /** @param {number | null} number of the image in its data set */
  constructor(number) {
    this.number = number;
    this.fetching = new AbortController();
  }

  /** @param {Embedding} embedding @param {number} row */
  pick({ index }, row) {
    this.number = index[row];
  }

  forget() {
    this.number = null;
    this.fetching.abort();
  }

  /** Its row of a map, −1 for none. @param {Embedding | null} embedding @returns {number} */
  row(embedding) {
    return this.number === null ? -1 : (embedding?.index.indexOf(this.number) ?? -1);
  }

  /** The posterior that is stored with the map, null for none. @param {Embedding | null} embedding @returns {Promise<Posterior | null>} */
  async stored(embedding) {
    if (!embedding || this.number === null) return null;
    const stored = byImage(await embedding.exact.get())(this.number);
    return stored && { ...stored, factor: null };
  }

  /**
   * The image itself, where the data set is at hand.
   * @param {CanvasData} data @param {Embedding} embedding
   * @returns {Promise<Float32Array | null>} C·H·W, 0 to 1; null where it cannot be had
   * Throws Explained, and an AbortError when another is fetched meanwhile.
   */
  async fetch(data, embedding) {
    this.fetching.abort();
    this.fetching = new AbortController();
    if (!data.images || this.number === null || data.pictured?.includes(this.number) === false) return null;
    const bytes = await fetchImages(data, embedding.split, [this.number], this.fetching.signal);
    return Float32Array.from(bytes, (value) => value / 255);
  }
}
