/**
 * What the lessons' modules answer: cases [module, function, arguments] as JSON on standard input, the answers as JSON
 * on standard output. tests/pages/test_lesson_numbers.py compares them with torch.
 */
import { readFileSync } from "node:fs";

const FOLDER = new URL("../../pages/ui/lesson_widgets/", import.meta.url);

/** @type {[string, string, unknown[]][]} */
const cases = JSON.parse(readFileSync(0, "utf8"));
const answers = [];
for (const [module, name, given] of cases) {
  const known = await import(new URL(`${module}.mjs`, FOLDER).href);
  const answer = known[name](...given);
  answers.push(ArrayBuffer.isView(answer) ? [.../** @type {any} */ (answer)] : answer);
}
process.stdout.write(JSON.stringify(answers));
