import { runAddress } from "../../browser/lib/contract.mjs";
import { fetchOrExplain, isAbort } from "../../browser/lib/fetching.mjs";
import { painter } from "../../browser/media/painter.mjs";
import { find } from "../../browser/map/canvas_dom.mjs";

/** @import { Embedding } from "../../browser/model/embedding.mjs" */
/** @import { LinkedData } from "../../browser/lib/contract.mjs" */

/** The held-out images themselves, and the one that the cursor stands for: its number, its class and, if at hand, its picture. */
export class Originals {
  /** @param {HTMLElement} root @param {LinkedData} data @param {import("./words.mjs").Word} word */
  constructor(root, { models: [model], mode, examples }, word) {
    this.word = word;
    this.model = model;
    this.areWanted = mode === "input" || examples;
    this.figure = find(root, ".lm-original");
    this.canvas = /** @type {HTMLCanvasElement} */ (find(this.figure, "canvas"));
    this.caption = find(this.figure, "figcaption");
    this.paint = painter(this.canvas, model.imageShape);
    this.stopping = new AbortController();
    /** @type {Embedding | null} of the first model, whose images these are */
    this.embedding = null;
    /** @type {Uint8Array | null} row by row of its embedding */
    this.pixels = null;
    /** @type {number | undefined} */
    this.image = undefined;
    this.figure.hidden = mode !== "input";
    this.canvas.hidden = true;
  }

  /** @param {number} index @param {Embedding} embedding */
  know(index, embedding) {
    if (index === 0) this.embedding = embedding;
  }

  /**
   * All of them at once, so that no drag ever asks for one; nothing where the data set is not at hand.
   * @returns {Promise<void>}
   */
  async fetch() {
    if (!this.areWanted || !this.model.images || !this.embedding) return;
    try {
      const answer = await fetchOrExplain(runAddress.images(this.model.run.base), "The real images", this.stopping.signal);
      this.pixels = new Uint8Array(await answer.arrayBuffer());
      this.show(this.image);
    } catch (error) {
      if (!isAbort(error)) this.caption.textContent = String(error instanceof Error ? error.message : error);
    }
  }

  /** @param {number} row of the first model's embedding @returns {Uint8Array | null} bytes, C·H·W */
  of(row) {
    const length = this.model.imageShape.reduce((product, size) => product * size, 1);
    return row >= 0 && this.pixels ? this.pixels.subarray(row * length, (row + 1) * length) : null;
  }

  /** @param {number | undefined} image its number among the held-out ones */
  show(image) {
    this.image = image;
    if (image === undefined || !this.embedding) return;
    const row = this.embedding.index.indexOf(image);
    const label = this.model.classes[this.embedding.labels[row]] ?? "";
    this.figure.dataset.image = String(image);
    this.caption.textContent = this.word("number", { image, label });
    const pixels = this.of(row);
    this.canvas.hidden = !pixels?.length;
    if (pixels?.length) this.paint(pixels, 1);
  }

  destroy() {
    this.stopping.abort();
    this.figure.hidden = true;
  }
}
