import { sentenceOf } from "../../../../browser/lib/fetching.mjs";
import { download } from "../../../../browser/media/film.mjs";
import { Guide } from "./guide.mjs";
import { listen } from "../../../../browser/lib/pointer.mjs";
import { actionOf, isTyping, PresenterBar } from "./presenter_bar.mjs";
import { readTour, sceneAt, TourPlayback, withChange, withoutStep, withStep } from "./tour.mjs";
import { TOURS } from "./tours.mjs";
import { isolate } from "../../../../browser/lib/dom.mjs";

/** @import { CanvasData, Shown } from "../../../../browser/lib/contract.mjs" */
/** @import { HandleSet } from "../../shared/handle_set.mjs" */
/** @import { Feature, FeatureEvents } from "../../features.mjs" */
/** @import { Command } from "./presenter_bar.mjs" */
/** @import { CanvasDom } from "../../../../browser/map/canvas_dom.mjs" */
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
  /** @param {CanvasDom} dom @param {CanvasData} data @param {HandleSet} handleSet @param {FeatureEvents} events */
  constructor(dom, data, handleSet, events) {
    this.dom = dom;
    this.data = data;
    this.events = events;
    this.guide = new Guide(data, handleSet, events);
    this.tour = TOURS[data.run.id] ?? NONE;
    this.before = -1;
    this.isByKeyboard = false;
    /** @type {(() => void) | null} gives the rest of the page back; null outside presenter's mode */
    this.release = null;
    this.playback = new TourPlayback((index) => this.#arrived(index));
    this.playback.use(this.tour.steps);
    this.bar = new PresenterBar(dom.presenter, {
      onAction: (command) => this.#run(command),
      onFile: (file) => void this.#open(file),
      onWrite: (part, text) => this.#edit(withChange(this.tour.steps, this.playback.index, { [part]: text })),
    });
    this.stops = this.#listen();
    const { present } = data.options;
    if (present) this.#enter(Number(present) - 1);
    else this.#show();
  }

  #listen() {
    const { root, presenterButton } = this.dom;
    return [
      listen(presenterButton, { click: () => this.#run(this.release ? "leave" : "enter") }),
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
    if (!event.repeat) this.#run(action);
  }

  /** @param {Command} command */
  #run(command) {
    const { playback, tour } = this;
    /** @type {Record<Exclude<Command, "open">, () => void>} */
    const commands = {
      enter: () => (this.#enter(-1), this.events.onChoose()),
      leave: () => this.#leave(),
      next: () => playback.next(),
      previous: () => playback.previous(),
      first: () => playback.go(0),
      last: () => playback.go(tour.steps.length - 1),
      play: () => playback.toggle(),
      captions: () => this.#toggle("captions"),
      edit: () => this.#toggle("edit"),
      add: () => this.#edit(withStep(tour.steps, playback.index, this.guide.currentScene()), playback.index + 1),
      take: () => this.#edit(withChange(tour.steps, playback.index, this.guide.currentScene())),
      remove: () => this.#edit(withoutStep(tour.steps, playback.index)),
      save: () => download(new Blob([`${JSON.stringify(tour, null, 2)}\n`], { type: "application/json" }), "tour.json"),
    };
    if (command !== "open") commands[command]();
    this.#show();
  }

  /** @param {number} index the step that the address names, −1 for before the first */
  #enter(index) {
    const { root, presenter, presenterButton } = this.dom;
    this.playback.use(this.tour.steps, index);
    this.before = this.playback.index;
    root.dataset.presenting = "true";
    presenter.hidden = false;
    presenterButton.setAttribute("aria-pressed", "true");
    this.release = isolate(root);
    this.#grow();
    this.#show();
  }

  #leave() {
    const { presenter, presenterButton } = this.dom;
    const hadFocus = presenter.contains(document.activeElement);
    this.#close();
    this.#grow();
    if (hadFocus) presenterButton.focus({ preventScroll: true });
    this.events.onRelease(); // handles may have been on their way
  }

  #close() {
    const { root, presenter, presenterButton } = this.dom;
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
    const { dataset } = this.dom.root;
    dataset[what] = dataset[what] === "on" ? "off" : "on";
    this.bar.toggle(what, dataset[what] === "on");
  }

  /** @param {number} index */
  #arrived(index) {
    const isForward = index === this.before + 1;
    this.before = index;
    this.#show();
    this.guide.lead(sceneAt(this.tour.steps, index), this.tour.steps[index], {
      along: isForward,
      onArrive: () => this.playback.stands(),
      onInterrupt: () => (this.playback.pause(), this.#show()),
    });
  }

  #show() {
    const { tour, playback } = this;
    const { index, isPlaying } = playback;
    const count = tour.steps.length;
    const start = { title: tour.tour, say: count ? BEGIN : HOW_TO_MAKE_ONE };
    this.bar.show(tour.steps[index] ?? start, { index, count, isPlaying });
  }

  /** @param {Step[]} steps @param {number} [index] the step to stand at, without going there */
  #edit(steps, index = this.playback.index) {
    const title = this.tour === NONE ? "A tour" : this.tour.tour;
    this.tour = { ...this.tour, tour: title, run: this.data.run.id, steps };
    this.playback.use(steps, index);
    this.before = this.playback.index;
    this.#show();
  }

  /** @param {DragEvent} event */
  #dropped(event) {
    const file = [...(event.dataTransfer?.files ?? [])].find(({ name }) => /\.json$/i.test(name));
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    if (!this.release) this.#run("enter");
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
    return { present: this.release ? String(this.playback.index + 1) : "" };
  }

  destroy() {
    this.#close();
    this.bar.destroy();
    for (const stop of this.stops) stop();
  }
}
