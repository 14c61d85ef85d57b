/**
 * What the lessons' widgets are made of. Types only.
 *
 * @import { Look } from "../../browser/lib/contract.mjs"
 * @import { LessonModel, ModelPlace } from "./models/lesson_models.mjs"
 * @import { Panel } from "./panel.mjs"
 *
 * @typedef {object} WidgetData what Python sends, see `pages/ui/learn/lesson_place.py`
 * @property {string} widget its name
 * @property {number} lesson the number of the lesson that it stands in
 * @property {string} language
 * @property {Record<string, string>} strings its words in that language
 * @property {boolean} done whether what there is to try on it has been done
 * @property {string} assets
 * @property {Look} look
 * @property {ModelPlace} [model] a shipped one, for those that use one
 * @property {LessonModel[]} [models] those made for the lessons, for those that use several
 */

/**
 * A widget is built once for each language, from the same state, which outlives that.
 * @template {Record<string, any>} S plain JSON: what a person has set
 * @typedef {object} Widget
 * @property {S} start the state at first
 * @property {(state: S) => boolean} goal whether a state is what the lesson asks to reach
 * @property {(panel: Panel<S>) => Drawing} build make what can be seen
 */

/**
 * @typedef {object} Drawing
 * @property {() => void} draw show the state as it is now
 * @property {() => void} [dress] the theme is another; what CSS draws needs nothing
 * @property {() => void} [destroy]
 */

export {};
