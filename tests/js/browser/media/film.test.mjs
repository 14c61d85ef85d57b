import assert from "node:assert/strict";
import test from "node:test";
import { Film, frameAfter, frameUnder } from "../../../../pages/ui/browser/media/film.mjs";

/** @param {number} count @param {{calm?: boolean}} [options] */
function filmOf(count, { calm = false } = {}) {
  const clock = { time: 5000 };
  const film = new Film(count, { now: () => clock.time, prefersReducedMotion: () => calm });
  film.setSpeed(10);
  /** The frame that is shown so many milliseconds later. @param {number} ms */
  const after = (ms) => ((clock.time += ms), film.frame);
  return { film, after };
}

test("a film stands at its first frame until it is played", () => {
  const { film, after } = filmOf(5);
  assert.deepEqual([after(0), after(10_000), film.isPlaying], [0, 0, false]);
});

test("ten frames a second show the next frame every tenth of a second", () => {
  const { film, after } = filmOf(9);
  film.play();
  assert.deepEqual([after(99), after(2), after(100), after(250)], [0, 1, 2, 4]);
});

test("back and forth, a film shows its first and last frame once each", () => {
  assert.deepEqual(Array.from({ length: 9 }, (_, at) => frameAfter(at, 4, "ping-pong")), [0, 1, 2, 3, 2, 1, 0, 1, 2]);
});

test("round and round, the first frame follows the last", () => {
  assert.deepEqual(Array.from({ length: 6 }, (_, at) => frameAfter(at, 4, "loop")), [0, 1, 2, 3, 0, 1]);
});

test("stepping back from the first frame turns as playing does", () => {
  assert.equal(frameAfter(-1, 4, "loop"), 3);
  assert.equal(frameAfter(-1, 4, "ping-pong"), 1);
});

test("pausing keeps the frame, and playing goes on from it", () => {
  const { film, after } = filmOf(9);
  film.play();
  after(250);
  film.pause();
  assert.deepEqual([after(9999), film.isPlaying], [2, false]);
  film.play();
  assert.deepEqual([after(50), after(60)], [2, 3]);
});

test("a change of speed does not make the film jump", () => {
  const { film, after } = filmOf(60);
  film.play();
  after(450);
  film.setSpeed(20);
  assert.deepEqual([after(0), after(100)], [4, 6]);
});

test("speed stays between one and sixty frames a second", () => {
  const { film } = filmOf(3);
  film.setSpeed(0);
  assert.equal(film.fps, 1);
  film.setSpeed(1e9);
  assert.equal(film.fps, 60);
});

test("a film that is scrubbed while it plays goes on from there", () => {
  const { film, after } = filmOf(9);
  film.play();
  after(130);
  film.seek(6);
  assert.deepEqual([after(0), after(120)], [6, 7]);
});

test("a step stops the film", () => {
  const { film, after } = filmOf(9);
  film.play();
  after(320);
  film.step(-1);
  assert.deepEqual([after(0), after(500), film.isPlaying], [2, 2, false]);
});

test("where motion is not wanted, play shows the next frame and stops", () => {
  const { film, after } = filmOf(9, { calm: true });
  film.play();
  assert.deepEqual([after(0), after(5000), film.isPlaying], [1, 1, false]);
  film.toggle();
  assert.equal(after(0), 2);
});

test("turning another way keeps the frame that is shown", () => {
  const { film, after } = filmOf(4);
  film.play();
  after(450); // on its way back
  film.turn("loop");
  assert.deepEqual([after(0), film.turning], [2, "loop"]);
  assert.deepEqual([after(100), after(100)], [3, 0]);
});

test("a shorter film shows its last frame where the one shown is gone", () => {
  const { film, after } = filmOf(9);
  film.seek(8);
  film.resize(5);
  assert.equal(after(0), 4);
});

test("a single frame does not play", () => {
  const { film } = filmOf(1);
  film.play();
  assert.deepEqual([film.isPlaying, film.frame], [false, 0]);
});

test("the scrubber's whole width is divided among the frames", () => {
  assert.deepEqual([-0.1, 0, 0.24, 0.25, 0.99, 1].map((share) => frameUnder(share, 4)), [0, 0, 0, 1, 3, 3]);
  assert.equal(frameUnder(0.5, 0), 0);
});
