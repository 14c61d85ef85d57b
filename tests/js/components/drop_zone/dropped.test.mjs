import assert from "node:assert/strict";
import test from "node:test";
import { chosen, dropped, packed } from "../../../../pages/ui/components/drop_zone/dropped.mjs";
import { refusal } from "../../../../pages/ui/components/drop_zone/drop_zone.mjs";

/** @param {string} name @param {string} [path] below a chosen folder */
function file(name, path = "") {
  return Object.assign(new File([name], name), { webkitRelativePath: path });
}

/** A folder as browsers hand it over: so many entries at a time. @param {string} path @param {any[]} entries @param {number} at_once */
function folder(path, entries, at_once = 2) {
  return {
    isFile: false,
    fullPath: path,
    createReader() {
      let from = 0;
      return {
        readEntries: (/** @type {(some: any[]) => void} */ done) => done(entries.slice(from, (from += at_once))),
      };
    },
  };
}

/** @param {string} path */
const entry = (path) => ({ isFile: true, fullPath: path, file: (/** @type {(file: File) => void} */ done) => done(file(path.split("/").at(-1) ?? "")) });

test("a dropped folder gives all files below it, however many are handed over at a time", async () => {
  const deep = folder("/pets/cats", [entry("/pets/cats/1.png"), entry("/pets/cats/2.png"), entry("/pets/cats/3.png")]);
  const transfer = { items: [{ webkitGetAsEntry: () => folder("/pets", [deep, entry("/pets/0.png")]) }], files: [] };
  const files = await dropped(/** @type {any} */ (transfer));
  assert.deepEqual(files.map(({ path }) => path), ["pets/cats/1.png", "pets/cats/2.png", "pets/cats/3.png", "pets/0.png"]);
});

test("one file is sent as it is, a folder or several files as one .tar", () => {
  const one = packed(chosen(/** @type {any} */ ([file("pets.zip")])));
  assert.deepEqual([one.name, one.count, one.body.size], ["pets.zip", 1, 8]);
  const several = packed(chosen(/** @type {any} */ ([file("1.png"), file("2.png")])));
  assert.deepEqual([several.name, several.count], ["pictures", 2]);
  assert.equal(several.body.size % 512, 0);
  const whole = packed(chosen(/** @type {any} */ ([file("1.png", "pets/cats/1.png")])));
  assert.equal(whole.name, "pets");
  assert.equal(whole.body.size % 512, 0, "a folder with one file keeps its path");
});

test("what refuses is said, and what to change", () => {
  assert.match(refusal(413), /client_max_body_size/);
  assert.match(refusal(403), /frame/);
  assert.match(refusal(0), /connection was lost/);
});
