import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tarParts } from "../../../../pages/ui/browser/media/tar.mjs";

const LONG = `${"a folder with a long name/".repeat(5)}picture.png`;
const FILES = ["1.png", "cats/2.png", "Katzen größer/ü.png", LONG].map((path, number) => {
  const bytes = new Uint8Array(number * 700 + (number === 1 ? 12 : 0)).fill(number + 1);
  return { path, size: bytes.length, bytes };
});

test("another program finds every file in it, with its whole path and its contents", async () => {
  const tar = new Blob(tarParts(FILES, ({ bytes }) => bytes));
  const path = join(mkdtempSync(join(tmpdir(), "tar-")), "x.tar");
  writeFileSync(path, Buffer.from(await tar.arrayBuffer()));
  const listed = execFileSync("tar", ["--list", "--verbose", "--quoting-style=literal", "-f", path], { env: { ...process.env, LC_ALL: "C.UTF-8" } });
  const rows = String(listed).trim().split("\n").map((line) => line.match(/\s(\d+) \S+ \S+ (.*)$/)?.slice(1, 3));
  assert.deepEqual(rows, FILES.map(({ path: name, size }) => [String(size), name]));
  const third = execFileSync("tar", ["--extract", "--to-stdout", "-f", path, FILES[2].path]);
  assert.deepEqual(new Uint8Array(third), FILES[2].bytes);
});

test("it ends with two empty blocks and is whole blocks long", async () => {
  const bytes = new Uint8Array(await new Blob(tarParts(FILES.slice(0, 2), (file) => file.bytes)).arrayBuffer());
  assert.equal(bytes.length % 512, 0);
  assert.ok(bytes.slice(-1024).every((byte) => byte === 0));
});
