import { isAbort } from "../../../../browser/lib/fetching.mjs";
import { Film, saveFilm } from "../../../../browser/media/film.mjs";
import { geodesicPath } from "../../../../browser/maths/geodesic.mjs";
import { painter } from "../../../../browser/media/painter.mjs";
import { flattened, sphericalPath, straightPath } from "../../../../browser/maths/paths.mjs";
import { listen } from "../../../../browser/lib/pointer.mjs";

/** @import { Decoder } from "../../../../browser/model/decoder.mjs" */
/** @import { Decoding } from "../../../../browser/media/decoding.mjs" */

const FRAMES = 12;
/** More handles than this get more frames, so that each of them and something between is seen. */
const MOST_HANDLES_OF_FEW = 8;

/** @typedef {"straight" | "spherical" | "geodesic"} PathKind */

/**
 * @typedef {object} FilmEvents
 * @property {() => number[][]} points the handles' places, all D coordinates
 * @property {(path: Float64Array[]) => void} onPath the path has changed
 * @property {(frame: number) => void} onFrame
 * @property {(kind: PathKind) => void} onChoose
 * @property {(error: unknown) => void} onError
 */

/** The film along the path through the handles: its frames, a scrubber, and the way to keep it. */
export class FilmStrip {
  /**
   * @param {HTMLElement} box @param {{shape: [number, number, number], gifenc: string, name: string}} what
   *   gifenc: the library's address; name: of the files that are saved
   * @param {Decoding} decoding @param {FilmEvents} events
   */
  constructor(box, what, decoding, events) {
    this.box = box;
    this.what = what;
    this.decoding = decoding;
    this.events = events;
    this.film = new Film(FRAMES, {
      prefersReducedMotion: () => matchMedia("(prefers-reduced-motion: reduce)").matches,
    });
    /** @type {PathKind | null} */
    this.kind = null;
    /** @type {Float64Array[]} */
    this.path = [];
    /** @type {HTMLCanvasElement[]} */
    this.canvases = [];
    /** @type {ReturnType<typeof painter>[]} */
    this.painters = [];
    this.animation = 0;
    this.searching = new AbortController();
    this.row = part(box, ".ls-frames");
    this.scrubber = /** @type {HTMLInputElement} */ (part(box, ".ls-scrubber"));
    this.player = part(box, ".ls-play");
    this.select = /** @type {HTMLSelectElement} */ (part(box, ".ls-path-kind"));
    this.stops = this.#listen();
  }

  #listen() {
    return [
      listen(this.player, { click: () => this.#toggle() }),
      listen(this.scrubber, { input: () => this.#seek(Number(this.scrubber.value)) }),
      listen(this.select, { change: () => this.events.onChoose(/** @type {PathKind} */ (this.select.value)) }),
      ...["gif", "png"].map((kind) =>
        listen(part(this.box, `[data-save="${kind}"]`), { click: () => void this.#save(kind) }),
      ),
    ];
  }

  /** @param {PathKind | null} kind null for no path */
  use(kind) {
    this.kind = kind;
    this.box.hidden = kind === null;
    if (kind) this.select.value = kind;
    else this.film.pause();
    this.onMove();
    this.onRest();
  }

  /** A handle moves, or there is one more or less: the straight or spherical path at once, and its images. */
  onMove() {
    this.searching.abort();
    const points = this.events.points();
    if (!this.kind || points.length < 2) return this.#lay([]);
    const frames = points.length > MOST_HANDLES_OF_FEW ? 2 * FRAMES : FRAMES;
    this.#lay(this.kind === "spherical" ? sphericalPath(points, frames) : straightPath(points, frames));
  }

  /** The handles have come to rest, or the decoder is another: the geodesic may be searched. */
  onRest() {
    const { decoder } = this.decoding;
    if (this.kind === "geodesic" && this.path.length && decoder) void this.#search(decoder);
  }

  /** @param {Decoder} decoder */
  async #search(decoder) {
    this.searching.abort();
    const { signal } = (this.searching = new AbortController());
    this.box.dataset.searching = "true";
    try {
      const points = this.events.points();
      const { path } = await geodesicPath(points, this.path.length, decoder.decodeBatch, { signal });
      if (!signal.aborted) this.#lay(path);
    } catch (error) {
      if (!isAbort(error) && decoder === this.decoding.decoder) this.events.onError(error);
    } finally {
      if (!signal.aborted) delete this.box.dataset.searching;
    }
  }

  /** @param {Float64Array[]} path */
  #lay(path) {
    this.path = path;
    if (path.length !== this.canvases.length) this.#populate(path.length);
    this.events.onPath(path);
    this.redecode();
    this.#mark();
  }

  /** The same path's images by the decoder there is now. */
  redecode() {
    if (this.path.length) this.decoding.later(this, (decoder) => this.#decode(decoder));
  }

  /** @param {Decoder} decoder */
  async #decode(decoder) {
    const { path } = this;
    if (!path.length) return;
    const images = await decoder.decodeBatch(flattened(path), path.length);
    if (path.length !== this.painters.length) return; // another film by now, whose own images follow
    const pixels = images.length / path.length;
    this.painters.forEach((paint, index) => paint(images.subarray(index * pixels, (index + 1) * pixels)));
    this.box.dataset.decoded = String(path.length);
  }

  /** @param {number} count */
  #populate(count) {
    this.canvases = Array.from({ length: count }, (_, index) => frameCanvas(index));
    this.painters = this.canvases.map((canvas) => painter(canvas, this.what.shape));
    this.row.replaceChildren(...this.canvases);
    this.film.resize(count);
    this.scrubber.max = String(Math.max(0, count - 1));
  }

  /** From its first frame on, or no more. @param {boolean} isOn */
  play(isOn) {
    if (isOn) this.film.seek(0);
    if (isOn) this.film.play();
    else this.film.pause();
    this.#run();
  }

  #toggle() {
    this.film.toggle();
    this.#run();
  }

  /** @param {number} frame */
  #seek(frame) {
    this.film.pause();
    this.film.seek(frame);
    this.#mark();
  }

  #run = () => {
    this.#mark();
    cancelAnimationFrame(this.animation);
    if (this.film.isPlaying) this.animation = requestAnimationFrame(this.#run);
  };

  #mark() {
    const frame = this.path.length ? this.film.frame : -1;
    this.canvases.forEach((canvas, index) => canvas.toggleAttribute("data-now", index === frame));
    if (frame >= 0) this.scrubber.value = String(frame);
    this.scrubber.setAttribute("aria-valuetext", `frame ${frame + 1} of ${this.path.length}`);
    this.player.setAttribute("aria-label", this.film.isPlaying ? "Pause the film" : "Play the film");
    this.player.toggleAttribute("data-playing", this.film.isPlaying);
    this.events.onFrame(frame);
  }

  /** @param {string} kind */
  async #save(kind) {
    const { decoder } = this.decoding;
    if (!decoder || !this.path.length) return;
    try {
      await saveFilm(/** @type {"gif" | "png"} */ (kind), this.path, decoder, this.what);
    } catch (error) {
      this.events.onError(error);
    }
  }

  destroy() {
    cancelAnimationFrame(this.animation);
    this.searching.abort();
    for (const stop of this.stops) stop();
    this.row.replaceChildren();
    this.box.hidden = true;
  }
}

/** @param {number} index */
function frameCanvas(index) {
  const canvas = document.createElement("canvas");
  canvas.dataset.testid = `frame-${index}`;
  canvas.className = "ls-frame";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Frame ${index + 1} of the film`);
  return canvas;
}

/** @param {HTMLElement} box @param {string} selector */
const part = (box, selector) => /** @type {HTMLElement} */ (box.querySelector(selector));
