import { handleLabel } from "../../../../browser/map/canvas_dom.mjs";
import { DirectionCanvas } from "../../../../browser/map/layers/direction_canvas.mjs";
import { along, arrowText, keptFrom, keptText, lengthOf, meanOfRows, outlineOf, rowsOf } from "./directions.mjs";
import { sameImages } from "../../../../browser/model/embedding.mjs";
import { project } from "../../../../browser/model/plane.mjs";
import { listen } from "../../../../browser/lib/pointer.mjs";
import { Lasso } from "../../../../browser/map/gestures.mjs";
import { decimal } from "../../../../browser/lib/format.mjs";

/** @import { CanvasData } from "../../../../browser/lib/contract.mjs" */
/** @import { Point } from "../../../../browser/lib/types.mjs" */
/** @import { Theme } from "../../../../browser/lib/theme.mjs" */
/** @import { HandleSet, Member } from "../../shared/handle_set.mjs" */
/** @import { View } from "../../../../browser/maths/coordinates.mjs" */
/** @import { Choice, Group } from "./directions.mjs" */
/** @import { Embedding } from "../../../../browser/model/embedding.mjs" */
/** @import { Feature, FeatureEvents } from "../../features.mjs" */
/** @import { Paint } from "../../shared/coloring.mjs" */
/** @import { CanvasDom } from "../../../../browser/map/canvas_dom.mjs" */

const SAYING = ["Draw around the points where the arrow begins; Escape ends this.", "Now around those where it ends."];

/** The arrow from the mean of one group of points to that of another, and handles moved along it. @implements {Feature} */
export class AttributeArrow {
  /** @param {CanvasDom} dom @param {CanvasData} data @param {HandleSet} handleSet @param {FeatureEvents} events */
  constructor(dom, data, handleSet, events) {
    this.data = data;
    this.handleSet = handleSet;
    this.events = events;
    /** @type {(Choice | null)[]} */
    this.choices = [null, null];
    /** @type {(Group | null)[]} */
    this.groups = [null, null];
    /** @type {Embedding | null} */
    this.embedding = null;
    this.isShown = (/** @type {number} */ _mark) => true;
    /** Where handles were before the slider, and where it has put them. @type {WeakMap<Member, {base: number[], z: number[], share: number}>} */
    this.moves = new WeakMap();
    this.canvas = new DirectionCanvas(dom.layer("arrow", "above"));
    this.panel = this.#panel(dom.copy(".ls-directions-template"));
    const tab = dom.tabs.add("Directions", this.panel.element);
    this.open = () => dom.tabs.choose(tab);
    this.button = dom.lassoButton;
    this.lasso = this.#lasso(dom.sheet);
    this.stop = listen(this.button, { click: () => this.lasso.turn(!this.lasso.isOn) });
    this.kept = keptFrom(data.options.arrow ?? "", data.classes.length);
    if (this.kept) this.choices = this.kept.choices;
    if (this.kept) this.open();
    this.#show();
    this.onActivate();
  }

  /** @param {HTMLElement} element */
  #panel(element) {
    return new DirectionPanel(element, this.data.listedClasses, {
      onChoose: (end, choice) => this.#choose(end, choice),
      onMove: (share, timeStamp) => this.#move(share, timeStamp),
      onRelease: () => this.events.onRelease(),
      onClear: () => this.clear(),
    });
  }

  /** @param {HTMLElement} sheet */
  #lasso(sheet) {
    return new Lasso(sheet, {
      view: this.events.view,
      onDraw: (stroke) => this.canvas.drawing(stroke),
      onOutline: (stroke) => this.#drawn(outlineOf(stroke)),
      onSwitch: (isOn) => {
        this.button.setAttribute("aria-pressed", String(isOn));
        this.events.say(isOn ? SAYING[this.#nextEnd] : "");
      },
    });
  }

  /** Which end is drawn next: both anew when both are there. */
  get #nextEnd() {
    return this.choices[0] && !this.choices[1] ? 1 : 0;
  }

  /** @param {Point[]} outline */
  #drawn(outline) {
    const end = this.#nextEnd;
    if (end === 0) this.#set(1, null);
    this.open();
    this.#choose(end, { kind: "drawn", outline });
    if (end === 1) this.lasso.turn(false);
    else this.events.say(SAYING[1]);
  }

  clear() {
    this.kept = null;
    this.lasso.turn(false);
    this.#set(0, null);
    this.#choose(1, null);
  }

  /** @param {0 | 1} end @param {Choice | null} choice */
  #choose(end, choice) {
    this.#set(end, choice);
    this.moves = new WeakMap(); // along another arrow
    this.#show();
    this.onActivate();
    this.events.onChoose();
  }

  /** @param {0 | 1} end @param {Choice | null} choice */
  #set(end, choice) {
    this.choices[end] = choice;
    this.groups[end] = this.#groupOf(choice, end, null);
    if (choice && !this.embedding?.exact.now) this.#withPosteriors(() => this.#regroup(true));
  }

  /** @param {Choice | null} choice @param {number} end @param {number[] | null} known rows of an outline drawn before */
  #groupOf(choice, end, known) {
    const { embedding, data } = this;
    const posteriors = embedding?.exact.now;
    if (!choice || !embedding || !posteriors) return null;
    const rows = known ?? rowsOf(choice, embedding, this.isShown);
    const name = choice.kind === "class" ? data.classes[choice.label] : groupName(end);
    return { name, rows, mean: meanOfRows(rows, embedding, posteriors) };
  }

  /** What was drawn around stays the same images while they move in training. @param {Embedding} embedding */
  usePoints(embedding) {
    const isSame = this.embedding !== null && sameImages(this.embedding, embedding);
    this.embedding = embedding;
    this.#withPosteriors(() => this.#regroup(isSame));
  }

  /** Do what means are needed for, at once or when they have come; until then the arrow stays. @param {() => void} work */
  #withPosteriors(work) {
    const { embedding, choices, events } = this;
    if (!embedding || embedding.exact.now || choices.every((choice) => !choice)) return work();
    const isStill = () => this.embedding === embedding;
    embedding.exact.get().then(() => isStill() && work(), (error) => isStill() && events.onError(error));
  }

  /** @param {boolean} isSame whether the points are of the same images as those of the groups */
  #regroup(isSame) {
    this.groups = this.choices.map((choice, end) => this.#groupOf(choice, end, (isSame && this.groups[end]?.rows) || null));
    if (this.kept) this.#restore(this.kept.share);
    this.kept = null;
    this.#show();
    this.onActivate();
  }

  /** The address has put the active handle so far along already. @param {number} share */
  #restore(share) {
    const { arrow, member } = this;
    if (arrow) this.moves.set(member, { base: along(member.z, ...arrow, -share), z: member.z, share });
  }

  /** @returns {[Group, Group] | null} one that has a length */
  get arrow() {
    const [a, b] = this.groups;
    return a && b && lengthOf(a, b) > 0 ? [a, b] : null;
  }

  get member() {
    return this.handleSet.members[this.handleSet.active];
  }

  /** A handle that has been moved otherwise begins anew. */
  get #way() {
    const way = this.moves.get(this.member);
    return way?.z === this.member.z ? way : { base: this.member.z, z: this.member.z, share: 0 };
  }

  /** @param {number} share @param {number} timeStamp */
  #move(share, timeStamp) {
    if (!this.arrow) return;
    const { base } = this.#way;
    const z = along(base, ...this.arrow, share);
    this.moves.set(this.member, { base, z, share });
    this.handleSet.put(this.handleSet.active, z, timeStamp);
    this.onActivate();
  }

  /** Show how far along the active handle is. */
  onActivate() {
    this.panel.showShare(handleLabel(this.handleSet.active, this.member.name).toLowerCase(), this.#way.share);
  }

  onRest() {
    this.onActivate();
  }

  #show() {
    const { arrow, groups, choices, embedding } = this;
    const [a, b] = groups;
    const plane = this.events.plane();
    const notDrawn = plane.points ? " A t-SNE layout has no place to draw it." : "";
    this.panel.show(choices, a && b ? arrowText(a, b) + notDrawn : "", arrow !== null);
    const place = (/** @type {Group} */ { mean }) => project(plane, mean);
    const drawn = choices.flatMap((choice, end) =>
      choice?.kind === "drawn" && embedding
        ? [{ outline: choice.outline, marks: marksOf(groups[end]?.rows ?? [], embedding) }]
        : [],
    );
    const isLine = arrow !== null && !plane.points; // a mean lies between the points of a layout, where there is no place
    this.canvas.show(isLine ? { from: place(arrow[0]), to: place(arrow[1]), names: [arrow[0].name, arrow[1].name] } : null, drawn);
  }

  /** @param {View} view @param {[number, number]} size */
  onView(view, size) {
    this.canvas.setView(view, size);
  }

  /** @param {Theme} theme @param {Paint} paint */
  dress(theme, { isShown }) {
    this.isShown = isShown;
    this.canvas.dress(theme);
  }

  options() {
    if (this.kept) return { arrow: keptText(this.kept) };
    const [a, b] = this.choices;
    return { arrow: a && b ? keptText({ choices: [a, b], share: this.#way.share }) : "" };
  }

  destroy() {
    this.stop();
    this.lasso.destroy();
    this.panel.destroy();
    this.canvas.destroy();
  }
}

/** @param {number[]} rows @param {Embedding} embedding @returns {Point[]} */
const marksOf = (rows, { x, y }) => rows.map((row) => [x[row], y[row]]);

/** In a select: none, and a group that was drawn around; a class is "c" and its number. */
const NONE = "";
const DRAWN = "drawn";

/**
 * @typedef {object} PanelEvents
 * @property {(end: 0 | 1, choice: Choice | null) => void} onChoose
 * @property {(share: number, timeStamp: number) => void} onMove
 * @property {() => void} onRelease
 * @property {() => void} onClear
 */

const DRAW_GROUPS = `Draw around two groups of points on the map: the arrow between their means is what tells them apart, and a \
handle can be moved along it.`;

/** Where the arrow begins and ends, what there is to say about it, and the slider along it. */
class DirectionPanel {
  /** @param {HTMLElement} element @param {string[]} classes @param {PanelEvents} events */
  constructor(element, classes, events) {
    this.element = element;
    this.text = part(element, ".ls-arrow-text");
    const areClasses = classes.length > 1; // one class alone is no end of an arrow: where it begins is where it ends
    this.hint = areClasses ? (this.text.textContent ?? "") : DRAW_GROUPS;
    this.slider = /** @type {HTMLInputElement} */ (part(element, ".ls-along input"));
    this.whose = part(element, ".ls-along-whose");
    this.value = part(element, ".ls-along-value");
    this.clear = /** @type {HTMLButtonElement} */ (part(element, ".ls-clear"));
    this.ends = [0, 1].map((end) => /** @type {HTMLSelectElement} */ (part(element, `[data-end="${end}"]`)));
    this.ends.forEach((select) => select.replaceChildren(new Option("–", NONE), ...(areClasses ? classes.map(classOption) : [])));
    this.stops = [
      ...this.ends.map((select, end) => listen(select, { change: () => events.onChoose(end ? 1 : 0, choiceOf(select.value)) })),
      listen(this.slider, {
        input: (/** @type {Event} */ event) => events.onMove(Number(this.slider.value), event.timeStamp),
        change: () => events.onRelease(),
      }),
      listen(this.clear, { click: () => events.onClear() }),
    ];
  }

  /** @param {readonly (Choice | null)[]} choices @param {string} text about the arrow, "" for what can be done @param {boolean} isWhole */
  show(choices, text, isWhole) {
    choices.forEach((choice, end) => this.#choose(this.ends[end], choice, end));
    if (this.text.textContent !== (text || this.hint)) this.text.textContent = text || this.hint;
    this.slider.disabled = !isWhole;
    this.clear.disabled = !choices.some(Boolean);
  }

  /** @param {HTMLSelectElement} select @param {Choice | null} choice @param {number} end */
  #choose(select, choice, end) {
    const drawn = [...select.options].find(({ value }) => value === DRAWN);
    if (choice?.kind === "drawn" && !drawn) select.append(new Option(groupName(end), DRAWN));
    if (choice?.kind !== "drawn") drawn?.remove();
    select.value = !choice ? NONE : choice.kind === "class" ? `c${choice.label}` : DRAWN;
  }

  /** @param {string} handle @param {number} share of the arrow that it has been moved along */
  showShare(handle, share) {
    const text = decimal(share, 2);
    this.whose.textContent = `Move ${handle}`;
    if (Number(this.slider.value) !== share) this.slider.value = String(share);
    this.value.textContent = text;
    this.slider.setAttribute("aria-valuetext", `${text} of the arrow`);
  }

  destroy() {
    for (const stop of this.stops) stop();
  }
}

/** What a group that was drawn around is called. @param {number} end */
const groupName = (end) => `group ${"AB"[end]}`;

/** @param {string} name @param {number} label */
const classOption = (name, label) => new Option(name, `c${label}`);

/** @param {string} value @returns {Choice | null} */
const choiceOf = (value) => (value.startsWith("c") ? { kind: "class", label: Number(value.slice(1)) } : null);

/** @param {HTMLElement} box @param {string} selector */
const part = (box, selector) => /** @type {HTMLElement} */ (box.querySelector(selector));
