/**
 * What the lessons' modules answer: cases [module, function, arguments] as JSON on standard input, the answers as JSON
 * on standard output. tests/pages/test_lesson_numbers.py compares them with torch.
 */
import { readFileSync, readdirSync } from "node:fs";
import { basename } from "node:path";

const FOLDER = new URL("../../pages/ui/components/lesson_widgets/", import.meta.url);
/** Where each module lies, by its name. */
const PATHS = new Map(readdirSync(FOLDER, { recursive: true }).map((path) => [basename(String(path), ".mjs"), String(path)]));

/** @type {[string, string, unknown[]][]} */
const cases = JSON.parse(readFileSync(0, "utf8"));
const answers = [];
for (const [module, name, given] of cases) {
  const known = await import(new URL(PATHS.get(module) ?? module, FOLDER).href);
  const answer = known[name](...given);
  answers.push(ArrayBuffer.isView(answer) ? [.../** @type {any} */ (answer)] : answer);
}
process.stdout.write(JSON.stringify(answers));
