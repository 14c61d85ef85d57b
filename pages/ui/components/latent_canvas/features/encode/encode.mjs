import { isAbort, sentenceOf } from "../../../../browser/lib/fetching.mjs";
import { isFinal } from "../../../../browser/lib/polling.mjs";
import { Codecs, openCodec } from "../../../../browser/model/codecs.mjs";
import { Ask } from "./ask.mjs";
import { EncodePanel } from "./encode_panel.mjs";
import { Encoding, MovingZ } from "./encoding.mjs";
import { standardNormal } from "../../../../browser/maths/gaussian.mjs";
import { project } from "../../../../browser/model/plane.mjs";
import { ellipse, isPoint } from "../../../../browser/model/posterior.mjs";
import { PosteriorCanvas } from "../../../../browser/map/layers/posterior_canvas.mjs";
import { PickedImage, pointAt, reachPx } from "./image_sources.mjs";

/** @import { CanvasData } from "../../../../browser/lib/contract.mjs" */
/** @import { Point } from "../../../../browser/lib/types.mjs" */
/** @import { Theme } from "../../../../browser/lib/theme.mjs" */
/** @import { HandleSet } from "../../shared/handle_set.mjs" */
/** @import { View } from "../../../../browser/maths/coordinates.mjs" */
/** @import { Decoder } from "../../../../browser/model/decoder.mjs" */
/** @import { Embedding } from "../../../../browser/model/embedding.mjs" */
/** @import { Wanted } from "../../../../browser/model/codecs.mjs" */
/** @import { Encoded, Subject } from "./encoding.mjs" */
/** @import { Feature, FeatureEvents } from "../../features.mjs" */
/** @import { Likelihood } from "../../../../browser/maths/likelihoods.mjs" */
/** @import { Paint } from "../../shared/coloring.mjs" */
/** @import { CanvasDom } from "../../../../browser/map/canvas_dom.mjs" */

const NOTHING_YET = "Draw here, choose, paste or drop an image, or click a point on the map.";
const STORED_ALONE = "Its real image is not at hand: what stands here is its stored μ and σ.";
const UNREADABLE = "This image could not be encoded; choose another, or reload the page.";

/** A tab in which images are encoded, and their posterior on the map. @implements {Feature} */
export class Encode {
  /** @param {CanvasDom} dom @param {CanvasData} data @param {HandleSet} handleSet @param {FeatureEvents} events */
  constructor(dom, data, handleSet, events) {
    this.dom = dom;
    this.data = data;
    this.handleSet = handleSet;
    this.events = events;
    /** @type {Embedding | null} */
    this.embedding = null;
    /** @type {(label: number) => boolean} */
    this.isShown = () => true;
    this.picked = new PickedImage(data.options.encode ? Number(data.options.encode) : null);
    this.about = this.problem = "";
    this.moving = new MovingZ((z) => this.encoding.decodeAt(z));
    this.encoding = this.#encoding(/** @type {Likelihood} */ (data.likelihood));
    this.layer = new PosteriorCanvas(dom.layer("ellipse", "above"));
    this.panel = new EncodePanel(dom.copy(".ls-encode-template"), data, this.#panelEvents());
    this.ask = new Ask(dom, this.panel.element, data, this.panel.pad, this.#askEvents());
    this.tab = dom.tabs.add("Encode", this.panel.element, () => this.#opened(), () => this.#closed());
    this.onActivate();
    this.#useClass(data.label ?? 0);
  }

  /** @param {Likelihood} likelihood */
  #encoding(likelihood) {
    const onError = (/** @type {unknown} */ error) => this.#complain(error);
    const onArrive = () => {
      this.problem = "";
      this.encoding.again();
      this.ask?.useModel();
    };
    const open = (/** @type {Wanted} */ wanted) => this.#open(wanted);
    const onEncode = (/** @type {Encoded} */ encoded) => this.#show(encoded);
    const codecs = new Codecs(open, { onArrive, onError });
    return new Encoding(likelihood, codecs, { onEncode, onError, isWatched: () => this.isOpen });
  }

  /** @param {Wanted} wanted */
  #open(wanted) {
    return openCodec(this.data, this.events.runtime(), wanted, this.events.liveModel.epochOf(wanted.step));
  }

  /** @returns {import("./encode_panel.mjs").PanelEvents} */
  #panelEvents() {
    const { latentDim } = this.data;
    return {
      onDraw: (image, timeStamp) => this.#take(image, "", timeStamp),
      onImage: (image, note) => {
        this.panel.pad.load(image);
        this.#take(image, note);
      },
      onError: (error) => this.#complain(error),
      onResample: () => this.#draw(Float64Array.from({ length: latentDim }, () => standardNormal(Math.random))),
      onMean: () => this.#draw(null),
      onPut: () => this.#put(),
      onClass: (label) => this.#useClass(label),
      isOpen: () => this.isOpen,
    };
  }

  /** @returns {import("./ask.mjs").AskEvents} */
  #askEvents() {
    return {
      onTurn: (isOn) => this.#turnAsking(isOn),
      model: () => this.#askedModel(),
      open: (label) => this.#open({ step: this.encoding.step ?? 0, label, withDecoder: true }),
      plane: this.events.plane,
      extent: () => this.embedding?.extent ?? 0,
      isBusy: () => this.handleSet.isDragging,
      onError: (error) => this.#complain(error),
    };
  }

  /** More dimensions than a lattice has are asked by the encoder's guesses. */
  #askedModel() {
    const { encoding, data } = this;
    const { model } = encoding;
    if (!model || data.latentDim > 2) encoding.want();
    return model;
  }

  /** The same picture is encoded, or asked about. @param {boolean} isOn */
  #turnAsking(isOn) {
    this.ask.turn(isOn);
    const image = this.panel.pad.image();
    if (isOn) this.#showNothing("");
    else if (image.some((value) => value > 0)) this.#take(image, this.about);
    else this.#showNothing(NOTHING_YET);
  }

  get isOpen() {
    return !this.panel.element.hidden;
  }

  /** @param {Decoder} decoder @param {number} step */
  useDecoder(decoder, step) {
    this.encoding.useDecoder(decoder, step, this.data.label ?? 0);
    this.ask.useWeights();
  }

  /** @param {Embedding} embedding */
  usePoints(embedding) {
    const isAsked = !this.embedding && this.picked.number !== null; // by the address
    this.embedding = embedding;
    this.ask.useModel();
    if (isAsked) return this.dom.tabs.choose(this.tab);
    if (this.picked.number === null) this.encoding.again();
    else void this.#useStored(embedding);
  }

  /** What is stored of the picked image is another on another map. @param {Embedding} embedding */
  async #useStored(embedding) {
    try {
      const stored = await this.picked.stored(embedding);
      if (this.embedding !== embedding) return;
      if (stored && this.encoding.subject) Object.assign(this.encoding.subject, { stored });
      this.encoding.again();
    } catch (error) {
      if (this.embedding === embedding) this.#complain(error);
    }
  }

  /** @param {View} view @param {[number, number]} size */
  onView(view, size) {
    this.layer.setView(view, size);
    this.ask.onView(view, size);
  }

  /** @param {Theme} theme @param {Paint} paint */
  dress(theme, { isShown }) {
    this.isShown = isShown;
    this.layer.dress(theme);
    this.ask.dress(theme);
  }

  onActivate() {
    this.panel.putButton.textContent = `Put handle ${this.handleSet.active + 1} at μ`;
  }

  /** @param {CanvasData} data */
  update(data) {
    const isOther = data.label !== this.data.label;
    this.data = data;
    this.#useClass(isOther ? (data.label ?? 0) : this.encoding.label);
  }

  /** A tap on the map picks the point that it hits, while the tab is open. @param {Point} place @param {string} pointerType */
  onTap(place, pointerType) {
    const { embedding, events, isShown } = this;
    if (!this.isOpen || !embedding) return false;
    const row = pointAt(embedding, events.view(), place, reachPx(pointerType), isShown);
    if (row < 0) return false;
    this.picked.pick(embedding, row);
    void this.#pick();
    return true;
  }

  options() {
    return { encode: this.isOpen && this.picked.number !== null ? String(this.picked.number) : "" };
  }

  #opened() {
    this.ask.show(true);
    const { subject, latest } = this.encoding;
    if (this.picked.number !== null && !subject?.stored) return void this.#pick();
    if (latest) this.#show(latest);
    else if (!subject) this.#showNothing(NOTHING_YET);
    this.encoding.again(); // models may be others by now
    if (subject?.stored) this.events.onChoose();
  }

  #closed() {
    this.layer.show(null);
    this.ask.show(false);
    if (this.picked.number !== null) this.events.onChoose();
  }

  /** An image that is no point's on the map. @param {Float32Array} image @param {string} about @param {number} [timeStamp] of the last stroke */
  #take(image, about, timeStamp) {
    if (timeStamp !== undefined) this.panel.sources.forget();
    const wasPicked = this.picked.number !== null;
    this.picked.forget();
    this.about = about;
    if (this.ask.isOn) this.ask.painted(timeStamp);
    const isBlank = timeStamp !== undefined && image.every((value) => value === 0);
    this.#encode(isBlank ? null : { image, stored: null }, timeStamp);
    if (wasPicked) this.events.onChoose();
  }

  /** The image of the point that was picked: first what is stored of it, then, where it is at hand, itself. */
  async #pick() {
    const { data, embedding, picked, panel } = this;
    const row = picked.row(embedding);
    if (!embedding || row < 0) return;
    const label = embedding.labels[row];
    panel.sources.forget();
    this.about = `Image ${picked.number} of the map, class ${data.classes[label]}.`;
    if (data.isConditional && isFinal(data.run.state)) this.#useClass(label);
    this.events.onChoose();
    try {
      const stored = await picked.stored(embedding);
      if (picked.row(embedding) !== row) return; // another was picked meanwhile
      this.#encode({ image: null, stored });
      const image = await picked.fetch(data, embedding);
      if (picked.row(embedding) !== row) return;
      if (!image) this.about += ` ${STORED_ALONE}`;
      if (!image) return this.#say();
      panel.pad.load(image);
      this.ask.painted();
      this.#encode({ image, stored });
    } catch (error) {
      this.#complain(error);
    }
  }

  /** @param {Subject | null} subject @param {number} [timeStamp] */
  #encode(subject, timeStamp) {
    const { encoding } = this;
    this.moving.stop();
    if (this.ask.isOn) return void (encoding.subject = subject); // encoded once it is no longer asked about
    if (!encoding.codecs.isWaiting) this.problem = "";
    encoding.encode(subject, timeStamp);
    if (!encoding.latest) this.#showNothing(subject ? "" : NOTHING_YET);
  }

  /** @param {number} label */
  #useClass(label) {
    this.panel.showClass(label, isFinal(this.data.run.state));
    this.encoding.useClass(label);
    this.ask.useModel();
  }

  /** @param {Encoded} encoded */
  #show(encoded) {
    if (!this.isOpen || this.ask.isOn) return;
    const { posterior, z } = encoded;
    const plane = this.events.plane();
    this.panel.show(encoded);
    this.layer.show({ outline: ellipse(plane, posterior), isPoint: isPoint(posterior), z: project(plane, z) });
    this.#say();
  }

  /** @param {string} sentence */
  #showNothing(sentence) {
    this.panel.clear();
    this.layer.show(null);
    this.panel.say(this.problem || sentence);
  }

  #say() {
    this.panel.say([this.problem, this.about, this.data.encoding].filter(Boolean).join(" "));
  }

  /** Another draw, or the mean. @param {Float64Array | null} noise (D,) standard normal, null for the mean */
  #draw(noise) {
    const { latest } = this.encoding;
    if (latest) this.moving.to(latest.z, this.encoding.choose(noise));
  }

  #put() {
    const { latest } = this.encoding;
    if (!latest) return;
    this.handleSet.put(this.handleSet.active, Array.from(latest.posterior.mu));
    this.events.onRelease();
  }

  /** @param {unknown} error */
  #complain(error) {
    if (isAbort(error)) return;
    this.problem = sentenceOf(error, UNREADABLE);
    this.#say();
  }

  destroy() {
    this.moving.stop();
    this.picked.forget();
    this.encoding.destroy();
    this.ask.destroy();
    this.panel.destroy();
    this.layer.destroy();
  }
}
