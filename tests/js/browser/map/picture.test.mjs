import assert from "node:assert/strict";
import test from "node:test";
import { pictureOf } from "../../../../pages/ui/browser/map/picture.mjs";

/** @type {import("../../../../pages/ui/browser/lib/theme.mjs").Theme} */
const THEME = { dark: false, ground: "#fbfbf9", ink: "#111", muted: "#555", accent: "#c2410c", grid: "#eee", font: '"Source Sans", sans-serif' };

test("layers lie in the picture as on the map, the lowest first, on the theme's ground", () => {
  const svg = pictureOf([300, 200], [{ image: "data:below", opacity: 0.75 }, { svg: "<svg>axes</svg>" }, { image: "data:points", opacity: 1 }], THEME);
  const order = ['fill="#fbfbf9"', "data:below", "axes", "data:points"].map((part) => svg.indexOf(part));
  assert.deepEqual(order, [...order].sort((one, other) => one - other));
  assert.ok(order[0] > 0);
  assert.match(svg, /href="data:below" width="300" height="200" opacity="0.75"/);
});

test("a handle has its number, its name, and the accent where it is the active one", () => {
  const ring = { x: 10, y: 20, number: "1", name: "a & b", isActive: true };
  const svg = pictureOf([300, 200], [{ handles: [ring, { ...ring, number: "2", name: "", isActive: false }] }], THEME);
  assert.match(svg, /translate\(10 20\)/);
  assert.match(svg, />a &amp; b</);
  assert.equal(svg.split('stroke="#c2410c"').length, 2);
  assert.match(svg, /font-family="&quot;Source Sans&quot;, sans-serif"/);
});
