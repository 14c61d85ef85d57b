import { sentenceOf } from "../../../../browser/lib/fetching.mjs";
import { download } from "../../../../browser/media/film.mjs";
import { Guide } from "./guide.mjs";
import { listen } from "../../../../browser/lib/pointer.mjs";
import { actionOf, isTyping, PresenterBar } from "./presenter_bar.mjs";
import { readTour, sceneAt, withChange, withoutStep, withStep } from "./tour.mjs";
import { TourPlayback } from "./tour_playback.mjs";
import { TOURS } from "./tours.mjs";
import { isolate } from "../../../../browser/lib/dom.mjs";

/** @import { CanvasData } from "../../../../browser/lib/types.mjs" */
/** @import { Cast } from "../../shared/handle_set.mjs" */
/** @import { Feature, FeatureEvents } from "../../features.mjs" */
/** @import { Shown } from "../../../../browser/lib/contract.mjs" */
/** @import { Wish } from "./presenter_bar.mjs" */
/** @import { Stage } from "../../../../browser/map/canvas_dom.mjs" */
/** @import { Step, Tour } from "./tour.mjs" */

const UNREADABLE = "The tour could not be read; choose another file.";
const BEGIN = "Space plays the tour, → and ← or a clicker step through it, Escape leaves.";
/** @type {Tour} */
const NONE = { tour: "No tour of this model yet", steps: [] };
const HOW_TO_MAKE_ONE = "Press Edit to make its first step of what you see, or drop a tour file here.";
/** Axes and points grow by this on a screen that is wide enough to be a projector's. */
const LARGER = 1.35;
const WIDE_PX = 1000;

/** Presenter's mode: the canvas alone on the screen, and a tour with its words. @implements {Feature} */
export class Presenter {
  /** @param {Stage} stage @param {CanvasData} data @param {Cast} cast @param {FeatureEvents} events */
  constructor(stage, data, cast, events) {
    this.stage = stage;
    this.data = data;
    this.events = events;
    this.guide = new Guide(data, cast, events);
    this.tour = TOURS[data.run.id] ?? NONE;
    this.before = -1;
    this.isByKeyboard = false;
    /** @type {(() => void) | null} gives the rest of the page back; null outside presenter's mode */
    this.release = null;
    this.playback = new TourPlayback((at) => this.#arrived(at));
    this.playback.use(this.tour.steps);
    this.bar = new PresenterBar(stage.presenter, {
      asked: (wish) => this.#do(wish),
      given: (file) => void this.#open(file),
      written: (part, text) => this.#edit(withChange(this.tour.steps, this.playback.at, { [part]: text })),
    });
    this.stops = this.#listen();
    const { present } = data.options;
    if (present) this.#enter(Number(present) - 1);
    else this.#show();
  }

  #listen() {
    const { root, presenterButton } = this.stage;
    return [
      listen(presenterButton, { click: () => this.#do(this.release ? "leave" : "enter") }),
      listen(window, { keydown: (/** @type {KeyboardEvent} */ event) => this.#key(event) }, { capture: true }),
      listen(root, { pointerdown: () => (this.isByKeyboard = false) }, { capture: true }),
      listen(root, {
        dragover: (/** @type {DragEvent} */ event) => event.preventDefault(),
        drop: (/** @type {DragEvent} */ event) => this.#dropped(event),
      }),
    ];
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Tab") this.isByKeyboard = true;
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    const { isByKeyboard } = this;
    if (this.release && event.key === "Escape" && isTyping(focused)) focused?.blur();
    const action = actionOf(event, focused, { isPresenting: this.release !== null, isByKeyboard });
    if (!action) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // neither a handle's keys, nor Streamlit's, nor another canvas on the page
    if (!event.repeat) this.#do(action);
  }

  /** @param {Wish} wish */
  #do(wish) {
    const { playback, tour } = this;
    /** @type {Record<Exclude<Wish, "open">, () => void>} */
    const doings = {
      enter: () => (this.#enter(-1), this.events.chosen()),
      leave: () => this.#leave(),
      next: () => playback.next(),
      previous: () => playback.previous(),
      first: () => playback.go(0),
      last: () => playback.go(tour.steps.length - 1),
      play: () => playback.toggle(),
      captions: () => this.#toggle("captions"),
      edit: () => this.#toggle("edit"),
      add: () => this.#edit(withStep(tour.steps, playback.at, this.guide.present()), playback.at + 1),
      take: () => this.#edit(withChange(tour.steps, playback.at, this.guide.present())),
      remove: () => this.#edit(withoutStep(tour.steps, playback.at)),
      save: () => download(new Blob([`${JSON.stringify(tour, null, 2)}\n`], { type: "application/json" }), "tour.json"),
    };
    if (wish !== "open") doings[wish]();
    this.#show();
  }

  /** @param {number} at the step that the address names, −1 for before the first */
  #enter(at) {
    const { root, presenter, presenterButton } = this.stage;
    this.playback.use(this.tour.steps, at);
    this.before = this.playback.at;
    root.dataset.presenting = "true";
    presenter.hidden = false;
    presenterButton.setAttribute("aria-pressed", "true");
    this.release = isolate(root);
    this.#grow();
    this.#show();
  }

  #leave() {
    const { presenter, presenterButton } = this.stage;
    const hadFocus = presenter.contains(document.activeElement);
    this.#close();
    this.#grow();
    if (hadFocus) presenterButton.focus({ preventScroll: true });
    this.events.released(); // handles may have been on their way
  }

  #close() {
    const { root, presenter, presenterButton } = this.stage;
    this.playback.pause();
    this.guide.stop();
    delete root.dataset.presenting;
    presenter.hidden = true;
    presenterButton.setAttribute("aria-pressed", "false");
    this.release?.();
    this.release = null;
  }

  #grow() {
    this.events.map.enlarge(this.release && innerWidth >= WIDE_PX ? LARGER : 1);
  }

  /** @param {"captions" | "edit"} what */
  #toggle(what) {
    const { dataset } = this.stage.root;
    dataset[what] = dataset[what] === "on" ? "off" : "on";
    this.bar.toggle(what, dataset[what] === "on");
  }

  /** @param {number} at */
  #arrived(at) {
    const isForward = at === this.before + 1;
    this.before = at;
    this.#show();
    this.guide.lead(sceneAt(this.tour.steps, at), this.tour.steps[at], {
      along: isForward,
      arrived: () => this.playback.stands(),
      interrupted: () => (this.playback.pause(), this.#show()),
    });
  }

  #show() {
    const { tour, playback } = this;
    const { at, isPlaying } = playback;
    const count = tour.steps.length;
    const start = { title: tour.tour, say: count ? BEGIN : HOW_TO_MAKE_ONE };
    this.bar.show(tour.steps[at] ?? start, { at, count, isPlaying });
  }

  /** @param {Step[]} steps @param {number} [at] the step to stand at, without going there */
  #edit(steps, at = this.playback.at) {
    const title = this.tour === NONE ? "A tour" : this.tour.tour;
    this.tour = { ...this.tour, tour: title, run: this.data.run.id, steps };
    this.playback.use(steps, at);
    this.before = this.playback.at;
    this.#show();
  }

  /** @param {DragEvent} event */
  #dropped(event) {
    const file = [...(event.dataTransfer?.files ?? [])].find(({ name }) => /\.json$/i.test(name));
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    if (!this.release) this.#do("enter");
    void this.#open(file);
  }

  /** @param {File} file */
  async #open(file) {
    try {
      this.tour = await readTour(file, this.data.latentDim);
      this.playback.use(this.tour.steps);
      this.before = -1;
      this.#show();
    } catch (error) {
      this.bar.fail(sentenceOf(error, UNREADABLE));
    }
  }

  /** @param {readonly Shown[]} shown */
  show(shown) {
    this.guide.shown = shown;
  }

  options() {
    return { present: this.release ? String(this.playback.at + 1) : "" };
  }

  destroy() {
    this.#close();
    this.bar.destroy();
    for (const stop of this.stops) stop();
  }
}
