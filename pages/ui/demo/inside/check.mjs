import { compute } from "../../browser/graph/graph.mjs";
import { graphOf } from "./weights.mjs";

/** What the file computes, asked by `pages/ui/demo/checking.py` before it leaves: run by node, JSON in and out. */
async function answer() {
  let text = "";
  for await (const piece of process.stdin) text += piece;
  const { header, blob, input, dims, values, output } = JSON.parse(text);
  const bytes = Uint8Array.from(atob(blob), (letter) => letter.charCodeAt(0));
  const made = compute(graphOf(header, bytes.buffer, null), { [input]: { dims, data: Float32Array.from(values) } }, [output]);
  process.stdout.write(JSON.stringify(Array.from(made[output].data)));
}

void answer();
