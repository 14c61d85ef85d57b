/** What the file's own modules make of what Python has written: asked by tests/pages/demo/test_demo.py. */

import { readFileSync } from "node:fs";
import { compute } from "../../pages/ui/browser/graph/graph.mjs";
import { readEmbedding } from "../../pages/ui/browser/model/embedding.mjs";
import { PointsReader } from "../../pages/ui/browser/model/points_file.mjs";
import { HeldRun } from "../../pages/ui/demo/inside/held_run.mjs";
import { unpacked } from "../../pages/ui/demo/inside/unpacking.mjs";

/**
 * @typedef {{path: string, kind: "bytes" | "json" | "embedding" | "points" | "graph", input?: string, dims?: number[], data?: number[], outputs?: string[]}} Question
 * @type {{parts: Record<string, string>, questions: Question[]}}
 */
const { parts, questions } = JSON.parse(readFileSync(0, "utf8"));
const part = (/** @type {string} */ name) => unpacked(parts[name]);
const facts = JSON.parse(new TextDecoder().decode(await part("facts")));

/** @type {any} what stands for a runtime here: the graph itself */
const runtime = { ticket: (/** @type {unknown} */ graph) => graph };
const run = new HeldRun(facts, part, runtime);
const plain = (/** @type {any} */ value) => (ArrayBuffer.isView(value) ? Array.from(/** @type {any} */ (value)) : value);
const allPlain = (/** @type {object} */ record) => Object.fromEntries(Object.entries(record).map(([name, value]) => [name, plain(value)]));

/** @param {Question} question */
async function answerTo({ path, kind, input = "", dims = [], data = [], outputs = [] }) {
  const [address, query = ""] = path.split("?");
  const body = /** @type {any} */ (await run.answer(address, new URLSearchParams(query)));
  if (kind === "json") return JSON.parse(body);
  if (kind === "graph") {
    const made = compute(body, { [input]: { dims, data: Float32Array.from(data) } }, outputs);
    return Object.fromEntries(Object.entries(made).map(([name, tensor]) => [name, plain(tensor.data)]));
  }
  const bytes = new Uint8Array(body.buffer ?? body);
  if (kind === "embedding") return allPlain(readEmbedding(bytes.buffer, facts.posteriors.mu.length));
  if (kind === "bytes") return plain(bytes);
  const reader = new PointsReader();
  reader.push(bytes);
  return { ...allPlain(reader), isComplete: reader.isComplete };
}

const answers = [];
for (const question of questions) answers.push(await answerTo(question).catch((error) => ({ error: error.message })));
console.log(JSON.stringify(answers));
