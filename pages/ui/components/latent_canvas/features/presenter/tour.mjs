import { FARTHEST, LONGEST_NAME, MOST_HANDLES, SHOWN } from "../../../../browser/lib/contract.mjs";
import { Explained } from "../../../../browser/lib/fetching.mjs";
import { clamp } from "../../../../browser/maths/coordinates.mjs";

/** @import { Point } from "../../../../browser/lib/types.mjs" */
/** @import { Shown } from "../../../../browser/lib/contract.mjs" */

/** A tour: what to show on the map and what to say about it, one step after the other. Plain JSON, made to be edited. */


/** @typedef {"all" | {x: Point, y: Point}} TourView the whole map, or a part of it */
/** @typedef {{name?: string, z: number[]}} TourHandle z: packed, see `positions.mjs` */

/**
 * What a step leaves out stays as the step before has left it; film, along and seconds are the step's own.
 * @typedef {object} Step
 * @property {string} title
 * @property {string} [say] the sentence under it
 * @property {TourHandle[]} [handles]
 * @property {number} [active] number of the active handle, from 1 as on the map
 * @property {number[][]} [along] places that the active handle passes on its way, packed like a handle's
 * @property {TourView} [view]
 * @property {Shown[]} [show]
 * @property {boolean} [film] whether the path's film plays
 * @property {number} [seconds] that it stays while the tour plays; without, as long as the words take to read
 */

/**
 * @typedef {object} Tour
 * @property {string} tour its title
 * @property {string} [run] the model it was made for
 * @property {Step[]} steps
 */

/** @typedef {{handles: TourHandle[] | null, active: number, view: TourView, show: Shown[] | null}} Scene null: as it is */

const MOST_STEPS = 100;
const MOST_BYTES = 1e6;
const LONGEST_TITLE = 80;
const LONGEST_SENTENCE = 400;
const MOST_PLACES = 50;
const MOST_SECONDS = 600;

/** What each entry of a step must be, and how to say it. @type {Record<keyof Step, [(value: any) => boolean, string]>} */
const ENTRIES = {
  title: [(value) => isText(value, 1, LONGEST_TITLE), `text of 1 to ${LONGEST_TITLE} characters`],
  say: [(value) => isText(value, 0, LONGEST_SENTENCE), `text of at most ${LONGEST_SENTENCE} characters`],
  handles: [
    (value) => isList(value, 1, MOST_HANDLES) && value.every(isHandle),
    `1 to ${MOST_HANDLES} handles like {"name": "a one", "z": [-2.1, 0.5]}`,
  ],
  active: [(value) => isWhole(value, 1, MOST_HANDLES), "a handle's number, from 1"],
  along: [(value) => isList(value, 1, MOST_PLACES) && value.every(isPlace), `1 to ${MOST_PLACES} places like [-2.1, 0.5]`],
  view: [isView, `"all", or a part of the map like {"x": [-1, 1], "y": [-1, 1]}`],
  show: [
    (value) => isList(value, 0, SHOWN.length) && value.every((each) => SHOWN.includes(/** @type {Shown} */ (each))),
    `a list of ${SHOWN.join(", ")}`,
  ],
  film: [(value) => typeof value === "boolean", "true or false"],
  seconds: [(value) => isNumber(value, 1, MOST_SECONDS), `a number from 1 to ${MOST_SECONDS}`],
};

/**
 * A tour from a file that somebody has written, saved or edited.
 * @param {{name: string, size: number, text: () => Promise<string>}} file
 * @param {number} latentDim of the model on the map
 * @returns {Promise<Tour>}
 * Throws Explained, a sentence that says which step is wrong and how, for anything that is no tour of such a model.
 */
export async function readTour(file, latentDim) {
  const name = `“${file.name}”`;
  if (file.size > MOST_BYTES) throw new Explained(`${name} is too large for a tour: expected at most 1 MB; drop another.`);
  const tour = parsed(await file.text(), name);
  const isTour = isRecord(tour) && isText(tour.tour, 1, LONGEST_TITLE) && isList(tour.steps, 1, MOST_STEPS);
  if (!isTour) {
    throw new Explained(
      `${name} is no tour: expected {"tour": its title, "steps": 1 to ${MOST_STEPS} of them}; save one to see the form.`,
    );
  }
  /** @type {unknown[]} */ (tour.steps).forEach((step, index) => checkStep(step, `Step ${index + 1} of ${name}`, latentDim));
  return /** @type {Tour} */ (/** @type {unknown} */ (tour));
}

/** @param {string} text @param {string} name @returns {unknown} */
function parsed(text, name) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Explained(`${name} is no tour: expected JSON, and it cannot be read as such; drop a file saved here.`);
  }
}

/** @param {unknown} step @param {string} which @param {number} latentDim */
function checkStep(step, which, latentDim) {
  if (!isRecord(step)) throw new Explained(`${which} is no step: expected {"title": …, "say": …}; mend it and drop it again.`);
  const unknown = Object.keys(step).find((key) => !(key in ENTRIES));
  if (unknown !== undefined) {
    throw new Explained(`${which} has an entry “${unknown}”, expected only ${Object.keys(ENTRIES).join(", ")}; rename it.`);
  }
  for (const [key, [isRight, expected]] of Object.entries(ENTRIES)) {
    const isThere = key in step || key === "title";
    if (isThere && !isRight(step[key])) {
      throw new Explained(`${which}: expected “${key}” to be ${expected}, got ${shortly(step[key])}; mend it and drop it again.`);
    }
  }
  const { handles = [], along = [] } = /** @type {Step} */ (step);
  const deepest = Math.max(2, ...[...handles.map(({ z }) => z), ...along].map((z) => z.length));
  if (deepest > latentDim) {
    throw new Explained(`${which} has a place in ${deepest} dimensions, this model has ${latentDim}; choose the model it is for.`);
  }
}

/** @param {unknown} value @returns {string} */
function shortly(value) {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** What is to be seen at a step, whichever way one has come to it. @param {readonly Step[]} steps @param {number} index */
export function sceneAt(steps, index) {
  /** @type {Scene} */
  const scene = { handles: null, active: 0, view: "all", show: null };
  for (const { handles, active, view, show } of steps.slice(0, index + 1)) {
    if (handles) Object.assign(scene, { handles, active: 0 });
    if (active !== undefined) scene.active = active - 1;
    if (view) scene.view = view;
    if (show) scene.show = show;
  }
  return scene;
}

/** Characters that somebody reads in a second from a wall, and what it takes to look at the picture. */
const READ_PER_S = 18;
const LOOK_S = 2.5;

/** How long a step stays while the tour plays. @param {Step} step */
export function secondsOf({ title, say = "", seconds }) {
  return seconds ?? LOOK_S + (title.length + say.length) / READ_PER_S;
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {unknown} value @param {number} least @param {number} most @returns {value is unknown[]} */
const isList = (value, least, most) => Array.isArray(value) && value.length >= least && value.length <= most;

/** @param {unknown} value @param {number} least @param {number} most */
const isText = (value, least, most) => typeof value === "string" && value.length >= least && value.length <= most;

/** @param {unknown} value @param {number} least @param {number} most */
const isNumber = (value, least, most) => typeof value === "number" && value >= least && value <= most;

/** @param {unknown} value @param {number} least @param {number} most */
const isWhole = (value, least, most) => Number.isInteger(value) && isNumber(value, least, most);

/** @param {unknown} value */
const isPlace = (value) => isList(value, 2, Infinity) && value.every((each) => isNumber(each, -FARTHEST, FARTHEST));

/** @param {unknown} value */
const isHandle = (value) => isRecord(value) && isPlace(value.z) && isText(value.name ?? "", 0, LONGEST_NAME);

/** @param {unknown} value */
function isRange(value) {
  const [from, to] = /** @type {number[]} */ (isPlace(value) ? value : []);
  return from < to && /** @type {number[]} */ (value).length === 2;
}

/** @param {unknown} value */
function isView(value) {
  return value === "all" || (isRecord(value) && isRange(value.x) && isRange(value.y));
}

/** Changing a tour's steps: pure, each function gives a new list. */


/** One more step behind the one at `index`. @param {readonly Step[]} steps @param {number} index @param {Partial<Step>} scene */
export const withStep = (steps, index, scene) => steps.toSpliced(index + 1, 0, { title: `Step ${steps.length + 1}`, ...scene });

/**
 * The step at `index` with some of its entries changed; an empty sentence is left out.
 * @param {readonly Step[]} steps @param {number} index @param {Partial<Step>} change
 */
export function withChange(steps, index, change) {
  const { say, ...step } = { ...steps[index], ...change };
  return steps.with(index, say ? { ...step, say } : step);
}

/** @param {readonly Step[]} steps @param {number} index */
export const withoutStep = (steps, index) => steps.toSpliced(index, 1);

/** What has come to rest is looked at for so long before the tour goes on. */
const LEAST_MS = 1500;

/**
 * Where a tour stands and whether it plays. It shows nothing: who shows a step says when its handles have come to rest;
 * the tour goes on when there was time to read, and a moment to look.
 */
export class TourPlayback {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #waiting;
  #since = 0;

  /** @param {(index: number) => void} onArrive at a step @param {() => number} [now] ms */
  constructor(onArrive, now = () => performance.now()) {
    this.onArrive = onArrive;
    this.now = now;
    /** @type {readonly Step[]} */
    this.steps = [];
    this.index = -1;
    this.isPlaying = false;
  }

  /** Another tour, or an edited one, standing at a step. @param {readonly Step[]} steps @param {number} [index] */
  use(steps, index = -1) {
    this.#hush();
    this.steps = steps;
    this.isPlaying = false;
    this.index = clamp(index, -1, steps.length - 1);
  }

  /** @param {number} index clamped to the steps there are */
  go(index) {
    const last = this.steps.length - 1;
    const wanted = clamp(index, Math.min(0, last), last);
    if (wanted !== this.index) this.#arrive(wanted);
  }

  /** @param {number} index */
  #arrive(index) {
    this.#hush();
    this.index = index;
    this.#since = this.now();
    this.isPlaying &&= index < this.steps.length - 1; // the last step stays
    this.onArrive(index);
  }

  next() {
    this.go(this.index + 1);
  }

  previous() {
    this.go(this.index - 1);
  }

  /** On from here; from the last step, all over again. */
  toggle() {
    if (this.isPlaying) return this.pause();
    if (!this.steps.length) return;
    this.isPlaying = true;
    this.#arrive(this.index >= this.steps.length - 1 ? 0 : this.index + 1);
  }

  pause() {
    this.#hush();
    this.isPlaying = false;
  }

  /** The step's handles have come to rest. */
  stands() {
    this.#hush();
    if (!this.isPlaying) return;
    const left = 1000 * secondsOf(this.steps[this.index]) - (this.now() - this.#since);
    this.#waiting = setTimeout(() => this.next(), Math.max(LEAST_MS, left));
  }

  #hush() {
    clearTimeout(this.#waiting);
  }
}
