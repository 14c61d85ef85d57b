import assert from "node:assert/strict";
import test from "node:test";
import { Codecs } from "../../../../../../pages/ui/browser/model/codecs.mjs";
import { Encoding } from "../../../../../../pages/ui/components/latent_canvas/features/encode/encoding.mjs";
import { klPerDimension } from "../../../../../../pages/ui/browser/model/posterior.mjs";
import { deferred, settled } from "../../../../fakes.mjs";
import { differenceImage } from "../../../../../../pages/ui/components/latent_canvas/features/encode/encode_panel.mjs";

/** @import { Codec, Wanted } from "../../../../../../pages/ui/browser/model/codecs.mjs" */

/** An encoder whose mean is the first two pixels, and which tells when it is released. @param {string[]} log @param {string} name */
function encoder(log, name) {
  return {
    encode: async (/** @type {Float32Array} */ image) => {
      log.push(name);
      return { mu: image.slice(0, 2), logvar: [0, 2 * Math.LN2], factor: null };
    },
    release: () => void log.push(`${name} released`),
  };
}

/** A decoder that gives z back as logits of as many pixels. @param {string[]} log @param {string} name */
function decoder(log, name) {
  const made = {
    reconstruct: async (/** @type {ArrayLike<number>} */ z) => {
      log.push(name);
      const raw = Float32Array.from(z);
      return { image: raw, raw, logScale: 0 };
    },
    release: () => void log.push(`${name} released`),
  };
  return /** @type {any} */ (made);
}

/** @param {(wanted: Wanted) => Promise<Codec>} open */
function bench(open) {
  /** @type {string[]} */
  const heard = [];
  /** @type {import("../../../../../../pages/ui/components/latent_canvas/features/encode/encoding.mjs").Encoded[]} */
  const shown = [];
  const failed = (/** @type {any} */ error) => void heard.push(error.message);
  const time = { ms: 0, isWatched: true };
  const codecs = new Codecs(open, { onArrive: () => encoding.again(), onError: failed }, () => time.ms);
  const isWatched = () => time.isWatched;
  const encoding = new Encoding("bernoulli", codecs, { onEncode: (encoded) => void shown.push(encoded), onError: failed, isWatched });
  return { codecs, encoding, heard, shown, time };
}

const STEP_7 = { step: 7, label: 0, withDecoder: false };
const subject = (/** @type {number[]} */ ...values) => ({ image: Float32Array.from(values), stored: null });

test("what is drawn before the encoder is here is encoded when it comes, and the newest of it", async () => {
  const log = /** @type {string[]} */ ([]);
  const file = /** @type {ReturnType<typeof deferred<Codec>>} */ (deferred());
  const { codecs, encoding, shown } = bench(() => file.promise);
  encoding.decoder = decoder(log, "canvas");
  codecs.want(STEP_7);
  encoding.encode(subject(1, 0));
  encoding.encode(subject(0, 1));
  await settled();
  assert.equal(shown.length, 0);
  file.resolve({ encoder: encoder(log, "encoder"), decoder: null });
  await settled();
  assert.deepEqual(shown.map(({ posterior }) => [...Array.from(posterior.mu)]), [[0, 1]]);
});

test("an image is scored under the likelihood at the z that is shown: the mean first, then a draw", async () => {
  const log = /** @type {string[]} */ ([]);
  const { codecs, encoding, shown } = bench(async () => ({ encoder: encoder(log, "encoder"), decoder: null }));
  encoding.decoder = decoder(log, "canvas");
  codecs.want(STEP_7);
  await settled();
  encoding.encode(subject(1, 0));
  await settled();
  const softplus = (/** @type {number} */ x) => Math.log1p(Math.exp(x));
  assert.ok(Math.abs((shown[0].nats ?? 0) - (softplus(-1) + softplus(0))) < 1e-7);
  const z = encoding.choose([1, -0.5]); // 1 + 1 · 1 and 0 + 2 · (−½)
  assert.deepEqual([...Array.from(z)], [2, -1]);
  encoding.decodeAt(z);
  await settled();
  assert.ok(Math.abs((shown[1].nats ?? 0) - (softplus(-2) + softplus(-1))) < 1e-7);
  assert.deepEqual([...Array.from(shown[1].posterior.mu)], [1, 0]);
});

test("a draw keeps its noise when a newer encoder comes", async () => {
  const log = /** @type {string[]} */ ([]);
  const { codecs, encoding, shown } = bench(async () => ({ encoder: encoder(log, "encoder"), decoder: null }));
  codecs.want(STEP_7);
  await settled();
  encoding.encode(subject(1, 0));
  await settled();
  encoding.decodeAt(encoding.choose([1, 1]));
  codecs.want({ ...STEP_7, step: 8 });
  await settled();
  assert.deepEqual([...Array.from(shown[shown.length - 1].z)], [2, 2]);
});

test("a stored posterior is shown without its image, and without nats", async () => {
  const log = /** @type {string[]} */ ([]);
  const { encoding, shown } = bench(() => new Promise(() => undefined));
  encoding.decoder = decoder(log, "canvas");
  encoding.encode({ image: null, stored: { mu: [3, 4], logvar: [0, 0], factor: null } });
  await settled();
  assert.deepEqual([shown[0].image, shown[0].nats, [...(shown[0].reconstruction?.image ?? [])]], [null, null, [3, 4]]);
  assert.deepEqual([...klPerDimension(shown[0].posterior)], [4.5, 8]);
});

test("where the encoder cannot be had, what is stored still stands; after a while it is asked for again", async () => {
  let asked = 0;
  const { codecs, encoding, heard, shown, time } = bench(async () => {
    asked += 1;
    throw new Error("no encoder");
  });
  codecs.want(STEP_7);
  encoding.encode({ ...subject(1, 0), stored: { mu: [3, 4], logvar: [0, 0], factor: null } });
  await settled();
  assert.deepEqual(heard, ["no encoder"]);
  assert.deepEqual([...Array.from(shown[0].posterior.mu)], [3, 4]);
  codecs.want(STEP_7);
  assert.equal(asked, 1);
  time.ms = 2001;
  codecs.want(STEP_7);
  assert.equal(asked, 2);
});

test("a class of its own is encoded and decoded by models that were told it, not by the canvas's", async () => {
  const log = /** @type {string[]} */ ([]);
  const { codecs, encoding, shown } = bench(async ({ label, withDecoder }) => ({
    encoder: encoder(log, `encoder ${label}`),
    decoder: withDecoder ? decoder(log, `decoder ${label}`) : null,
  }));
  encoding.decoder = decoder(log, "canvas");
  encoding.label = 3;
  encoding.encode(subject(1, 0));
  await settled();
  assert.deepEqual([log, shown], [[], []]);
  codecs.want({ step: 7, label: 3, withDecoder: true });
  await settled();
  assert.deepEqual(log, ["encoder 3", "decoder 3"]);
  encoding.label = 0;
  codecs.want(STEP_7);
  await settled();
  assert.deepEqual(log.slice(2), ["encoder 3 released", "decoder 3 released", "encoder 0", "canvas"]);
});

test("the same is asked for once; of what trains on meanwhile only the newest, and the old serves until then", async () => {
  const log = /** @type {string[]} */ ([]);
  /** @type {Map<number, ReturnType<typeof deferred<Codec>>>} */
  const files = new Map();
  const { codecs } = bench(({ step }) => {
    files.set(step, deferred());
    return /** @type {any} */ (files.get(step)).promise;
  });
  codecs.want(STEP_7);
  codecs.want(STEP_7);
  codecs.want({ ...STEP_7, step: 8 });
  codecs.want({ ...STEP_7, step: 9 });
  files.get(7)?.resolve({ encoder: encoder(log, "7"), decoder: null });
  await settled();
  assert.equal(codecs.current?.of.step, 7);
  assert.deepEqual([...files.keys()], [7, 9]);
  files.get(9)?.resolve({ encoder: encoder(log, "9"), decoder: null });
  await settled();
  assert.equal(codecs.current?.of.step, 9);
  assert.deepEqual(log, ["7 released"]);
  codecs.destroy();
  assert.deepEqual(log, ["7 released", "9 released"]);
});

test("nothing is fetched or computed while nobody looks, and then what is newest", async () => {
  const log = /** @type {string[]} */ ([]);
  const { encoding, shown, time } = bench(async ({ step }) => ({ encoder: encoder(log, `step ${step}`), decoder: null }));
  time.isWatched = false;
  encoding.encode(subject(1, 0));
  encoding.useDecoder(decoder(log, "canvas 7"), 7, 0);
  encoding.useDecoder(decoder(log, "canvas 8"), 8, 0);
  await settled();
  assert.deepEqual([log, shown], [[], []]);
  time.isWatched = true;
  encoding.again();
  await settled();
  assert.deepEqual(log, ["step 8", "canvas 8"]);
});

test("an encoder that comes after the end is let go", async () => {
  const log = /** @type {string[]} */ ([]);
  const file = /** @type {ReturnType<typeof deferred<Codec>>} */ (deferred());
  const { codecs, encoding, shown } = bench(() => file.promise);
  codecs.want(STEP_7);
  encoding.encode(subject(1, 0));
  encoding.destroy();
  file.resolve({ encoder: encoder(log, "late"), decoder: null });
  await settled();
  assert.deepEqual([log, shown], [["late released"], []]);
});

test("what a reconstruction adds is orange, what it lacks is blue, and where it is right there is black", () => {
  const image = differenceImage([0, 1, 0.5], [1, 0, 0.5], [1, 1, 3]);
  const [added, lacking, equal] = [0, 1, 2].map((pixel) => [0, 1, 2].map((channel) => image[3 * channel + pixel]));
  assert.ok(added[0] > 0.9 && added[2] < 0.5);
  assert.ok(lacking[2] > 0.9 && lacking[0] < 0.5);
  assert.deepEqual(equal, [0, 0, 0]);
});

test("colours count by their mean: red that became as much green is no difference in brightness", () => {
  const [red, green] = [[1, 0, 0], [0, 1, 0]];
  assert.deepEqual([...differenceImage(red, green, [3, 1, 1])], [0, 0, 0]);
  assert.ok(differenceImage([0, 0, 0], [1, 1, 1], [3, 1, 1])[0] > 0.9);
});
