/** Runs ONNX files in the browser's runtime: [{file, input, rows}] in, their first outputs out. */
import { readFile } from "node:fs/promises";
import process from "node:process";
import * as runtime from "onnxruntime-web";

const text = await new Response(/** @type {any} */ (process.stdin)).text();
const answers = [];
runtime.env.wasm.numThreads = 1;
for (const { file, input, rows } of JSON.parse(text)) {
  const session = await runtime.InferenceSession.create(await readFile(file), { executionProviders: ["wasm"] });
  const given = new runtime.Tensor("float32", Float32Array.from(rows.flat()), [rows.length, rows[0].length]);
  const made = await session.run({ [input]: given });
  answers.push(Array.from(/** @type {Float32Array} */ (made.image.data)));
}
process.stdout.write(JSON.stringify(answers));
