/**
 * The canvas's own modules, asked in node what the visible part of images says of z and of what is hidden.
 *
 * Of {folder, likelihood, latentDim, shape, count, visible: [0 or 1 by pixel], rounds} with decoder.onnx, encoder.onnx and
 * images.f32 in the folder it gives {answers: [{cells, hidden, effective, grey}], ms} by image: the masses of the lattice's cells (at two
 * dimensions), −log p(hidden | visible) in nats, effective draws, and the same nats by encoding the image with grey for
 * what is hidden: at the posterior's mean, and over draws of it.
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import * as runtime from "onnxruntime-web";
import { askDraws, packed } from "../../pages/ui/components/latent_canvas/features/encode/asked_draws.mjs";
import { AskedLattice } from "../../pages/ui/components/latent_canvas/features/encode/asked_lattice.mjs";
import { normalsFrom } from "../../pages/ui/browser/maths/noise.mjs";
import { logSumExp, massesOf } from "../../pages/ui/browser/maths/patches.mjs";
import { visibleNats } from "../../pages/ui/browser/maths/visible.mjs";
import { createDecoder } from "../../pages/ui/browser/model/decoder.mjs";
import { createEncoder } from "../../pages/ui/browser/model/encoder.mjs";
import { dimensionsPlane } from "../../pages/ui/browser/model/plane.mjs";
import { sample } from "../../pages/ui/browser/model/posterior.mjs";

const REACH = 4;
const GREY_DRAWS = 256;
const LEAST_SHARE = 1e-7;

const given = JSON.parse(await new Response(/** @type {any} */ (process.stdin)).text());
const { folder, likelihood, latentDim, shape, count, rounds } = given;
const pixels = shape.reduce((product, size) => product * size, 1);
const isVisible = Uint8Array.from(given.visible);
const isHidden = isVisible.map((value) => 1 - value);
const file = async (name) => {
  const bytes = await readFile(`${folder}/${name}`);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
};
runtime.env.wasm.numThreads = 1;
const model = { latentDim, imageShape: shape };
const decoder = await createDecoder(runtime, await file("decoder.onnx"), model, { lasting: true });
const encoder = await createEncoder(runtime, await file("encoder.onnx"), model, { lasting: true });
const images = new Float32Array(await file("images.f32"));

/** −log Σ share · p(hidden | z), nats. */
async function hiddenNats(image, zs, shares) {
  const logs = [];
  for (let from = 0; from < zs.length; from += 64) {
    const some = zs.slice(from, from + 64);
    const { raw, logScale } = await decoder.reconstructBatch(packed(some, latentDim), some.length);
    const nats = visibleNats({ likelihood, logScale }, { image, isVisible: isHidden }, raw, some.length);
    nats.forEach((value, row) => logs.push(Math.log(shares[from + row]) - value));
  }
  return -logSumExp(logs);
}

const keep = (zs, shares) => {
  const rows = zs.map((_, row) => row).filter((row) => shares[row] > LEAST_SHARE);
  return [rows.map((row) => zs[row]), rows.map((row) => shares[row])];
};

/** By the lattice: masses of its coarse cells, and the draws that its patches are. */
async function byLattice(lattice, visible) {
  const patches = await lattice.refined(visible, lattice.see(visible));
  const { shares } = massesOf(patches);
  const cells = new Array(lattice.places).fill(0);
  shares.forEach((share, patch) => {
    const column = Math.floor(((patches.x[patch] + REACH) / (2 * REACH)) * lattice.columns);
    const row = Math.floor(((REACH - patches.y[patch]) / (2 * REACH)) * lattice.rows);
    cells[row * lattice.columns + column] += share;
  });
  const zs = Array.from(shares, (_, patch) => lattice.lift([patches.x[patch], patches.y[patch]]));
  return { cells, effective: null, patches: shares.length, of: keep(zs, shares) };
}

async function byDraws(visible) {
  const draws = await askDraws({ decoder, encoder, likelihood, latentDim }, visible, { rounds });
  const { shares, effective } = draws.weigh();
  return { cells: null, effective, patches: draws.zs.length, of: keep(draws.zs, shares) };
}

async function byGrey(image) {
  const posterior = await encoder.encode(image.map((value, pixel) => (isVisible[pixel] ? value : 0.5)));
  const noise = normalsFrom(1, GREY_DRAWS * latentDim);
  const zs = Array.from({ length: GREY_DRAWS }, (_, row) => sample(posterior, noise.subarray(row * latentDim, (row + 1) * latentDim)));
  const over = await hiddenNats(image, zs, new Array(GREY_DRAWS).fill(1 / GREY_DRAWS));
  return [await hiddenNats(image, [posterior.mu], [1]), over];
}

const lattice = latentDim === 2 ? new AskedLattice({ decoder, likelihood, latentDim, pixels, reach: REACH, plane: dimensionsPlane(2, [0, 1]) }) : null;
await lattice?.open({ signal: new AbortController().signal });
const answers = [];
const startedAt = performance.now();
for (let row = 0; row < count; row++) {
  const image = images.slice(row * pixels, (row + 1) * pixels);
  const visible = { image, isVisible };
  const { cells, effective, patches, of } = lattice ? await byLattice(lattice, visible) : await byDraws(visible);
  answers.push({ cells: given.withCells ? cells : null, effective, patches, hidden: await hiddenNats(image, ...of), grey: await byGrey(image) });
}
process.stdout.write(JSON.stringify({ answers, ms: performance.now() - startedAt }));
