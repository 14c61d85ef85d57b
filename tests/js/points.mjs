/**
 * Reads a points file as the browser does: {file: base64, pieces: bytes at a time} as JSON on standard input, what is in it
 * on standard output. tests/pages/server/test_map_points.py compares that with what was written.
 */
import { readFileSync } from "node:fs";
import { extentOf } from "../../pages/ui/browser/maths/coordinates.mjs";
import { PointsReader } from "../../pages/ui/browser/model/points_file.mjs";

/** @type {{file: string, pieces: number}} */
const { file, pieces } = JSON.parse(readFileSync(0, "utf8"));
const bytes = Buffer.from(file, "base64");
const reader = new PointsReader();
for (let from = 0; from < bytes.length; from += pieces) reader.push(new Uint8Array(bytes.subarray(from, from + pieces)));
const { header, isComplete, x, y, labels, index } = reader;
const extent = extentOf(x, y, 0.99);
process.stdout.write(JSON.stringify({ header, isComplete, extent, x: [...x], y: [...y], labels: [...labels], index: [...index] }));
