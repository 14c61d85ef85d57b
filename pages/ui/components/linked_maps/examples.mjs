import { byImage } from "../../browser/model/embedding.mjs";
import { painter } from "../../browser/media/painter.mjs";
import { find } from "../../browser/map/canvas_dom.mjs";
import { letter } from "./column.mjs";
import { oneOfEach, sharedImages } from "./shared_images.mjs";

/** @import { Decoder } from "../../browser/model/decoder.mjs" */
/** @import { Embedding } from "../../browser/model/embedding.mjs" */
/** @import { Column } from "./column.mjs" */
/** @import { Originals } from "./originals.mjs" */
/** @import { LinkedData } from "../../browser/lib/contract.mjs" */

const FROM_STORED = "Each image is decoded from the posterior's mean that was stored with its model.";
const NO_ORIGINALS = `The originals are not on this machine. ${FROM_STORED}`;

/** The same held-out images, one of each class, through every model that learned them: a table, row by row. */
export class Examples {
  /** @param {HTMLElement} root @param {LinkedData} data @param {Column[]} columns @param {Originals} originals */
  constructor(root, { examples, models }, columns, originals) {
    this.models = models;
    this.columns = columns.filter((column) => column.data.shared);
    this.originals = originals;
    this.element = find(root, ".lm-examples");
    this.body = find(this.element, "tbody");
    this.turn = 0;
    this.isWanted = examples;
    const next = /** @type {HTMLButtonElement} */ (find(this.element, "button"));
    next.onclick = () => {
      this.turn += 1;
      this.draw();
    };
  }

  /** What is there now: nothing until all of these models have their points. */
  draw() {
    const embeddings = this.columns.map(({ embedding }) => embedding).filter((each) => each !== null);
    if (!this.isWanted || embeddings.length < this.columns.length) return;
    const { images, rows } = sharedImages(embeddings.map(({ index }) => index));
    const labels = Array.from(rows[0], (row) => embeddings[0].labels[row]);
    const chosen = oneOfEach(labels, this.models[0].classes.length, this.turn);
    const names = chosen.map((index) => `held-out image ${images[index]}, ${this.models[0].classes[labels[index]]}`);
    const own = chosen.map((index) => this.originals.of(rows[0][index]));
    const hasOriginals = own.length > 0 && own.every((pixels) => pixels?.length);
    this.element.hidden = !chosen.length;
    this.body.replaceChildren();
    if (hasOriginals) this.#paintOriginals(own, names);
    this.columns.forEach((column, index) => {
      const canvases = this.#row(column.data.title, names, letter(column.index));
      this.#decode(column, embeddings[index], chosen.map((each) => rows[index][each]), canvases).catch(column.mapTrouble);
    });
    find(this.element, "p").textContent = this.#note(hasOriginals);
  }

  /** @param {boolean} hasOriginals */
  #note(hasOriginals) {
    const others = this.models.flatMap(({ shared }, index) => (shared ? [] : letter(index)));
    const left = others.length ? ` Left out: ${others.join(", ")}, which learned other images.` : "";
    return (hasOriginals ? FROM_STORED : NO_ORIGINALS) + left;
  }

  /** @param {(Uint8Array | null)[]} own @param {string[]} names */
  #paintOriginals(own, names) {
    const canvases = this.#row("Original", names, "");
    canvases.forEach((canvas, index) => {
      const pixels = own[index];
      if (pixels) painter(canvas, this.models[0].imageShape)(pixels, 1);
    });
  }

  /**
   * A row of the table, still empty. @param {string} title @param {string[]} names of the images @param {string} mark
   * @returns {HTMLCanvasElement[]}
   */
  #row(title, names, mark) {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.title = title;
    head.textContent = mark || title;
    row.append(head);
    const canvases = names.map((name) => {
      const [cell, canvas] = [document.createElement("td"), document.createElement("canvas")];
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `${title}: ${name}`);
      canvas.className = mark ? "lm-decoded" : "";
      cell.append(canvas);
      row.append(cell);
      return canvas;
    });
    this.body.append(row);
    return canvases;
  }

  /**
   * In turn with the image under the cursor, which never waits for more than one of these.
   * @param {Column} column @param {Embedding} embedding @param {number[]} rows @param {HTMLCanvasElement[]} canvases
   */
  async #decode(column, { exact, labels, index: numbers }, rows, canvases) {
    const of = byImage(await exact.get());
    rows.forEach((row, index) => {
      const paint = painter(canvases[index], column.data.imageShape);
      const z = [...(of(numbers[row])?.mu ?? [])];
      if (z.length) column.decoding.later(canvases[index], async (decoder) => {
        paint(await decoderFor(decoder, labels[row]).decode(z));
        canvases[index].dataset.painted = "true";
      });
    });
  }

  destroy() {
    this.isWanted = false;
    this.element.hidden = true;
    this.body.replaceChildren();
  }
}

/** The decoder that a conditional model has for a class; any other model's own. @param {Decoder} decoder @param {number} label */
const decoderFor = (decoder, label) => ("of" in decoder ? /** @type {import("./by_class.mjs").ByClass} */ (decoder).of(label) : decoder);
