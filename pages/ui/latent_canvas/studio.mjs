import { absolute, isAbort, sentenceOf } from "../shared/fetching.mjs";
import { readTheme, sameTheme, shadeFor } from "../shared/theme.mjs";
import { halfWidthFor, samePositions } from "./coordinates.mjs";
import { Decoding } from "./decoding.mjs";
import { describe } from "./describing.mjs";
import { sameImages } from "./embedding.mjs";
import { mapGestures } from "./gestures.mjs";
import { Handles } from "./handles.mjs";
import { Loading } from "./loading.mjs";
import { LatentMap } from "./map.mjs";
import { Reporting } from "./reporting.mjs";
import { Stage } from "./stage.mjs";
import { Surroundings } from "./surroundings.mjs";

/** @import { CanvasData, Component, Point, RunState } from "../shared/types.mjs" */
/** @import { Decoder } from "./decoder.mjs" */
/** @import { Embedding } from "./embedding.mjs" */

const UNREADABLE = "Something on this map could not be loaded; reload the page.";

/** One run on the canvas: wires map, handles, decoder and cards together. */
export class Studio {
  /** @param {Component<CanvasData>} component */
  constructor(component) {
    this.component = component;
    this.data = component.data;
    this.positions = /** @type {Point[]} */ (this.data.positions.map(([x, y]) => [x, y]));
    this.active = this.data.active;
    this.reporting = new Reporting((state) => this.component.setStateValue("handles", state), this.data);
    this.isMapOpen = false;
    /** @type {Embedding | null} drawn by us, to be drawn by plotly once the run has ended */
    this.moving = null;
    this.stage = new Stage(component.parentElement, this.data, {
      chosen: (at) => this.#choose(at),
      filtered: () => void this.map.filter(this.stage.legend.isShown),
    });
    this.theme = readTheme(this.stage.root);
    this.surroundings = new Surroundings(this.data);
    this.decoding = new Decoding(this.stage.canvases, this.data.imageShape, {
      painted: (at, ms) => this.#painted(at, ms),
      failed: (error) => this.decoderTrouble(error),
    });
    this.map = new LatentMap(this.stage.map, this.#look(), () => this.handles?.placeAll());
    this.handles = new Handles(this.stage.handles, this.stage.names, this.#handleEvents());
    this.stops = mapGestures(this.stage, this.map, (z, timeStamp) => {
      this.#move(this.active, z, timeStamp);
      this.#released();
    });
    this.#dress();
    this.#activate(this.active);
    this.handles.placeAll();
    // For tests and the curious: the very session that draws, all D coordinates in, C·H·W values out.
    Object.assign(this.stage.root, { decodeAll: (/** @type {number[]} */ z) => this.decoding.decoder?.decodeAll(z) });
    this.loading = new Loading(this.data, absolute(this.data.assets), this);
    this.stops.push(() => this.loading.stop());
  }

  /** Python, or Streamlit's theme, has something new to say. @param {Component<CanvasData>} component */
  update(component) {
    const before = this.data;
    this.component = component;
    this.data = component.data;
    this.loading.update(this.data);
    const theme = readTheme(this.stage.root);
    if (!sameTheme(theme, this.theme)) {
      this.theme = theme;
      this.#dress();
    }
    if (this.data.images && !before.images) void this.#fetchImages();
    if (!samePositions(before.positions, this.data.positions)) this.#adopt(this.data);
  }

  /** Positions that the page wishes for; a hand on a handle is stronger. @param {CanvasData} data */
  #adopt({ positions, active }) {
    if (this.reporting.isEcho(positions)) return;
    if (this.handles.isDragging || samePositions(positions, this.positions)) return;
    positions.forEach((z, at) => this.#move(at, [z[0], z[1]]));
    this.#activate(active);
  }

  /** @param {Decoder} decoder @param {number} step */
  useDecoder(decoder, step) {
    this.decoding.use(decoder);
    const { run, label } = this.data;
    Object.assign(this.stage.root.dataset, { model: `${run.id}@${step}`, label: label ?? "" });
    this.stage.sayOfImages("");
    this.positions.forEach((z, at) => this.decoding.show(at, z));
  }

  /** @param {Embedding} embedding */
  usePoints(embedding) {
    this.surroundings.use(embedding);
    this.#makeRoom();
    this.#describeAll();
    this.#settle();
  }

  /** @param {Embedding} embedding */
  movePoints(embedding) {
    const before = this.surroundings.embedding;
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.moving = embedding;
    this.usePoints(embedding);
    void this.map.showMoving(embedding, !isCalm && before !== null && sameImages(before, embedding));
  }

  mapOpened = () => {
    this.isMapOpen = true;
    this.#settle();
  };

  /** @param {RunState} state */
  ended = (state) => {
    this.#rest();
    void this.#fetchImages();
    this.component.setStateValue("state", state);
  };

  /** @param {string} sentence */
  say = (sentence) => this.stage.say(sentence);

  /** @param {unknown} error */
  decoderTrouble = (error) => this.stage.sayOfImages(sentenceOf(error, UNREADABLE));

  /** @param {unknown} error */
  mapTrouble = (error) => isAbort(error) || this.stage.say(sentenceOf(error, UNREADABLE));

  /** Once the run has ended and no handle is held, plotly gets the points. */
  #rest() {
    if (!this.loading.hasEnded || !this.moving || this.handles.isDragging) return;
    void this.map.showResting(this.moving);
    this.moving = null;
  }

  /** The map grows in steps when its points need more than the prior does, but never under a hand. */
  #makeRoom() {
    const half = halfWidthFor(this.surroundings.embedding?.extent ?? 0);
    if (half <= this.map.half || this.handles.isDragging) return;
    void this.map.reach(half);
    this.handles.reach = half;
  }

  async #fetchImages() {
    const { data, surroundings } = this;
    if (!data.images || data.compact || surroundings.images || !surroundings.embedding) return;
    const controller = new AbortController();
    this.stops.push(() => controller.abort());
    try {
      await surroundings.fetchImages(controller.signal);
      this.#describeAll();
    } catch (error) {
      if (!isAbort(error)) this.decoderTrouble(error);
    }
  }

  /** @returns {import("./handles.mjs").HandleEvents} */
  #handleEvents() {
    return {
      view: () => this.map.view,
      position: (at) => this.positions[at],
      grabbed: (at) => this.#activate(at),
      moved: (at, z, timeStamp) => this.#move(at, z, timeStamp),
      released: () => this.#released(),
      wheel: (event) => this.map.wheel(event),
    };
  }

  /** @param {number} at @param {Point} z @param {number} [timeStamp] of the pointer event behind it */
  #move(at, z, timeStamp) {
    this.positions[at] = z;
    this.decoding.show(at, z, timeStamp);
    this.handles.place(at);
    if (!this.decoding.decoder) this.#describe(at);
  }

  #released() {
    this.#rest();
    this.#makeRoom();
    this.#tell();
  }

  /** Python hears of positions when they have come to rest. */
  #tell() {
    this.reporting.tell(this.positions, this.active);
  }

  /** @param {number} at */
  #choose(at) {
    if (at === this.active) return;
    this.#activate(at);
    this.#tell();
  }

  /** @param {number} at */
  #activate(at) {
    this.active = at;
    this.handles.activate(at);
    this.stage.cards.forEach((card, each) => card.activate(each === at));
  }

  /** @param {number} at @param {number} ms */
  #painted(at, ms) {
    this.#describe(at, ms);
    if (this.stage.root.dataset.ready !== "true") this.#settle();
  }

  /** @param {number} at @param {number} [decodeMs] */
  #describe(at, decodeMs) {
    const { data, colors } = this;
    describe(this.stage.cards[at], this.positions[at], this.surroundings, { data, colors, decodeMs });
  }

  #describeAll() {
    this.positions.forEach((_, at) => this.#describe(at));
  }

  /** Say in the hooks how far we have got. */
  #settle() {
    const { root, canvases } = this.stage;
    const isUsable = canvases.some((canvas) => canvas.dataset.z);
    if (isUsable) root.dataset.usable = "true";
    if (!isUsable || !this.isMapOpen || !this.surroundings.embedding || root.dataset.ready) return;
    root.dataset.ready = "true";
    if (!this.moving) void this.#fetchImages();
  }

  get colors() {
    return shadeFor(this.data.look.classes, this.theme);
  }

  #look() {
    const { classes, look } = this.data;
    const { names, legend } = this.stage;
    return { classes, names, colors: this.colors, symbols: look.symbols, theme: this.theme, isShown: legend.isShown };
  }

  #dress() {
    this.stage.legend.dress(this.colors);
    void this.map.dress(this.#look());
    this.#describeAll();
  }

  destroy() {
    for (const stop of this.stops) stop();
    this.handles.destroy();
    this.map.destroy();
    this.decoding.use(null);
    this.stage.destroy();
  }
}
