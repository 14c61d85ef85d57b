import { absolute, isAbort, sentenceOf } from "../../browser/lib/fetching.mjs";
import { hookText } from "../../browser/lib/format.mjs";
import { shadeFor } from "../../browser/lib/theme.mjs";
import { halfWidthFor } from "../../browser/maths/coordinates.mjs";
import { Decoding } from "../../browser/media/decoding.mjs";
import { lineOf, raised } from "../../browser/model/embedding.mjs";
import { positionText } from "../../browser/map/facts.mjs";
import { mapGestures } from "../../browser/map/gestures.mjs";
import { Handles } from "../../browser/map/handles.mjs";
import { Loading } from "../../browser/model/loading.mjs";
import { LatentMap } from "../../browser/map/map.mjs";
import { heightsFor, linePlane, startingPlane } from "../../browser/model/heights.mjs";
import { coordinateNames } from "../../browser/model/plane.mjs";
import { RegionsCanvas } from "../../browser/map/layers/regions_canvas.mjs";
import { find } from "../../browser/map/canvas_dom.mjs";
import { loadByClass } from "./by_class.mjs";

/** @import { PlotlyModule, Point } from "../../browser/lib/types.mjs" */
/** @import { Theme } from "../../browser/lib/theme.mjs" */
/** @import { Decoder } from "../../browser/model/decoder.mjs" */
/** @import { Embedding, SentPoints } from "../../browser/model/embedding.mjs" */
/** @import { LinkedModel } from "../../browser/lib/contract.mjs" */

const UNREADABLE = "Something on this map could not be loaded; reload the page.";

/**
 * @typedef {object} ColumnEvents
 * @property {(index: number, embedding: Embedding) => void} onPoints its points are here, or have moved
 * @property {(index: number) => void} onDecoder its decoder is here, or another
 * @property {() => void} onSettled one more part of what is seen is there
 * @property {(index: number, position: Point, timeStamp?: number) => void} onMove the cursor, on this map
 * @property {() => void} onRelease
 * @property {(index: number) => void} onView its view has changed
 * @property {(index: number) => void} onTouch somebody uses this map now
 * @property {() => boolean} isBusy
 * @property {import("./words.mjs").Word} word
 * @property {(label: number) => boolean} isShown
 * @property {boolean} needsPosteriors the cursor stands for images, whose places in all dimensions the points do not tell
 */

/** One model: its map with the cursor's ring, and the image that its decoder makes of the cursor's position. */
export class Column {
  /** @param {HTMLElement} element @param {number} index @param {LinkedModel} data @param {Theme} theme @param {ColumnEvents} events */
  constructor(element, index, data, theme, events) {
    this.element = element;
    this.index = index;
    this.data = data;
    this.theme = theme;
    this.events = events;
    this.plane = startingPlane(data);
    /** @type {Embedding | null} */
    this.embedding = null;
    this.isMapOpen = false;
    this.isShaded = false;
    /** @type {import("./by_class.mjs").ByClass | null} of a conditional model */
    this.byClass = null;
    this.stopping = new AbortController();
    /** @type {Point | null} of the cursor */
    this.position = null;
    this.canvas = /** @type {HTMLCanvasElement} */ (find(element, ".ls-decoded"));
    this.decoding = new Decoding(data.imageShape, {
      onPaint: () => events.onSettled(),
      onError: (error) => this.decoderTrouble(error),
    });
    const box = find(element, ".ls-map");
    const parts = { box, plot: find(element, ".ls-plot"), points: /** @type {HTMLCanvasElement} */ (find(element, ".ls-points")) };
    this.map = new LatentMap(parts, this.#look(), () => this.#looked(), null);
    this.regions = new RegionsCanvas(/** @type {HTMLCanvasElement} */ (find(element, ".ls-regions")), {
      isBusy: events.isBusy,
      onError: this.mapTrouble,
    });
    this.ring = find(element, ".ls-handle");
    this.handles = this.#handles();
    this.stops = this.#gestures(parts);
    this.#label();
    this.#looked();
  }

  /** A click moves the cursor; who presses or scrolls here uses this map.
   *  @param {{box: HTMLElement, plot: HTMLElement, points: HTMLCanvasElement}} parts */
  #gestures(parts) {
    const onTouch = () => this.events.onTouch(this.index);
    return [
      ...mapGestures({ map: parts, zoomButtons: [] }, this.map, (position, { timeStamp }) => {
        this.events.onMove(this.index, position, timeStamp);
        this.events.onRelease();
      }),
      ...["pointerdown", "wheel"].map((type) => {
        parts.box.addEventListener(type, onTouch, { capture: true, passive: true });
        return () => parts.box.removeEventListener(type, onTouch, { capture: true });
      }),
    ];
  }

  /** Fetch everything, once all columns are there to use it. */
  load() {
    this.loading = new Loading(this.data, absolute(this.data.assets), this);
  }

  /** @param {LinkedModel} data */
  update(data) {
    this.data = data;
    this.#label();
    this.loading?.update(this.byClass ? { ...data, label: null } : data); // it has the decoders of all classes already
  }

  #label() {
    const { element, index, data } = this;
    find(element, ".lm-title").textContent = data.title;
    find(element, ".lm-map").dataset.testid = `linked-map-${index}`;
    this.ring.dataset.testid = `linked-cursor-${index}`;
    this.ring.setAttribute("aria-label", this.events.word("cursor", { title: data.title }));
    this.canvas.dataset.testid = `linked-image-${index}`;
    this.canvas.setAttribute("aria-label", this.events.word("decoded", { title: data.title }));
    for (const mark of element.querySelectorAll(".lm-letter")) mark.textContent = letter(index);
  }

  #handles() {
    return new Handles([this.ring], {
      view: () => this.map.view,
      position: () => this.position ?? [0, 0],
      names: () => coordinateNames(this.plane),
      label: () => this.events.word("cursor", { title: this.data.title }),
      onGrab: () => this.events.onTouch(this.index),
      onMove: (_, position, timeStamp) => this.events.onMove(this.index, position, timeStamp),
      onRelease: () => this.events.onRelease(),
      onRemove: () => undefined,
      onWheel: (event) => this.map.wheel(event),
    });
  }

  /**
   * The cursor has moved: the ring at once, the image as soon as it is decoded.
   * @param {readonly number[] | null} z (D,), null while there is none @param {Point | null} position on the map
   * @param {{label?: number | null, timeStamp?: number}} [about] the class of the image that it stands for, for a model
   *   that decodes for a class; and the time of the event behind it
   */
  show(z, position, { label = null, timeStamp } = {}) {
    this.position = position;
    if (this.byClass) this.byClass.label = label ?? this.data.label ?? 0;
    this.ring.hidden = !position;
    if (!z || !position) return;
    this.handles.moveRing(0);
    const names = coordinateNames(this.plane);
    find(this.element, ".lm-place").textContent = `${names.join(", ")}: ${positionText(position.slice(0, names.length))}`;
    this.decoding.show(this.canvas, z, hookText(position), timeStamp);
  }

  get isDragging() {
    return this.handles.isDragging;
  }

  /** Whether axes, points and image are all to be seen. */
  get isReady() {
    return this.isMapOpen && this.embedding !== null && this.canvas.dataset.z !== undefined;
  }

  /** How far the map must reach for its points, in units of z. */
  get half() {
    return halfWidthFor(this.embedding?.extent ?? 0);
  }

  /** @param {number} half of the map's width, in units of z, until someone zooms */
  reach(half) {
    this.handles.reach = half;
    if (half !== this.map.half && !this.isDragging) void this.map.reach(half);
  }

  /** @param {PlotlyModule} plotly */
  async openMap(plotly) {
    await this.map.open(plotly);
    this.isMapOpen = true;
    this.events.onSettled();
  }

  /** @param {Decoder} decoder @param {number} step */
  useDecoder(decoder, step) {
    if (!this.data.isConditional || !this.loading?.hasEnded) return this.#decodeWith(decoder, step);
    decoder.release(); // it knows one class alone
    loadByClass(this.loading.runtime, this.data, step, this.stopping.signal)
      .then((all) => this.#decodeWith((this.byClass = all), step))
      .catch((error) => isAbort(error) || this.decoderTrouble(error));
  }

  /** @param {Decoder} decoder @param {number} step */
  #decodeWith(decoder, step) {
    this.element.dataset.model = `${this.data.run.id}@${step}`;
    this.decoding.use(decoder);
    find(this.element, ".ls-problem").textContent = "";
    this.events.onDecoder(this.index);
  }

  /** @param {SentPoints} points */
  usePoints(points) {
    const { heights, classes } = this.data;
    if (heights) {
      this.plane = linePlane(heightsFor(heights, classes, lineOf(points)));
      void this.map.dress(this.#look());
    }
    const embedding = (this.embedding = raised(points, this.plane));
    void this.map.show(embedding, null);
    this.events.onPoints(this.index, embedding);
    this.#fetchPosteriors();
  }

  movePoints = async (/** @type {SentPoints} */ points) => this.usePoints(points);

  /** Those behind the points, where something is shown that needs them. */
  #fetchPosteriors() {
    const { embedding, plane } = this;
    if (!embedding || !(this.isShaded || this.events.needsPosteriors)) return;
    const isStill = () => this.embedding === embedding;
    embedding.exact.get().then(
      (posteriors) => {
        if (!isStill()) return;
        this.regions.show({ plane, posteriors, z: new Float64Array(embedding.latentDim), decodeBatch: null });
        this.events.onPoints(this.index, embedding);
      },
      (error) => isStill() && this.mapTrouble(error),
    );
  }

  ended = () => {};

  say = (/** @type {string} */ sentence) => void (find(this.element, ".ls-note").textContent = sentence);

  /** @param {unknown} error */
  decoderTrouble = (error) => void (find(this.element, ".ls-problem").textContent = sentenceOf(error, UNREADABLE));

  /** @param {unknown} error */
  mapTrouble = (error) => isAbort(error) || this.say(sentenceOf(error, UNREADABLE));

  /** @param {boolean} isShaded */
  shade(isShaded) {
    this.isShaded = isShaded;
    this.regions.use(isShaded ? "holes" : "off");
    this.#fetchPosteriors();
  }

  #looked() {
    if (this.position) this.handles.moveRing(0);
    this.regions.setView(this.map.view, this.map.size);
    this.events.onView(this.index);
  }

  #look() {
    const { classes, look } = this.data;
    const { names, heights } = this.plane;
    const colors = shadeFor(look.classes, this.theme);
    return { classes, names, heights, colors, symbols: look.symbols, theme: this.theme, isShown: this.events.isShown };
  }

  filter() {
    void this.map.filter(this.events.isShown);
  }

  /** @param {Theme} theme */
  dress(theme) {
    this.theme = theme;
    this.element.style.setProperty("--lm-shade", shadeFor(this.data.shade, theme));
    void this.map.dress(this.#look());
  }

  destroy() {
    for (const stop of this.stops) stop();
    this.stopping.abort();
    this.loading?.stop();
    this.handles.destroy();
    this.regions.destroy();
    this.decoding.use(null);
    this.map.destroy();
  }
}

/** What a model is called where there is little room: A, B, C. @param {number} index */
export const letter = (index) => String.fromCharCode(65 + index);
