/** Puts up every widget of the lessons, and prints the keys of the words that each asks for, as JSON. */
import { WIDGETS } from "../../pages/ui/components/lesson_widgets/lesson_widgets.mjs";
import { Panel } from "../../pages/ui/components/lesson_widgets/panel.mjs";
import { install } from "./fake_document.mjs";

/** How many models Python sends a widget, for those that use some. @type {Record<string, number>} */
const MODELS = { "twelve-differences": 3, "rate-distortion": 7, "three-sources": 4 };
const PLACE = { base: "/run/", step: 1, latentDim: 2, imageShape: [1, 2, 2], classes: ["cat", "dog", "owl"] };
const FIGURES = { ...PLACE, rate: 1, distortion: 1, bound: 1, undecided: {}, shrunk: [{ images: 1, train: 1, heldOut: 1 }] };

/** @type {Record<string, string[]>} */
const asked = {};
for (const [name, load] of Object.entries(WIDGETS)) {
  const widget = (await load()).default;
  const keys = new Set();
  const strings = new Proxy({}, { get: (_, key) => (keys.add(key), String(key)) });
  /** @type {any} */
  const data = { widget: name, lesson: 1, language: "en", strings, assets: "http://localhost/assets/", done: false };
  data.model = PLACE;
  data.models = Array.from({ length: MODELS[name] ?? 0 }, () => FIGURES);
  const panel = new Panel(install(), data, structuredClone(widget.start), () => {});
  const drawing = widget.build(panel);
  panel.open(() => drawing.draw());
  drawing.destroy?.();
  asked[name] = [...keys].map(String);
}
process.stdout.write(JSON.stringify(asked));
