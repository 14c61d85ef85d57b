import { GIFENC, runAddress } from "../../../../browser/lib/contract.mjs";
import { fetchOrExplain, isAbort } from "../../../../browser/lib/fetching.mjs";
import { isFinal } from "../../../../browser/lib/polling.mjs";
import { shadeFor } from "../../../../browser/lib/theme.mjs";
import { createDecoder } from "../../../../browser/model/decoder.mjs";
import { fetchDecoder, fetchPoints } from "../../../../browser/model/models.mjs";
import { latestWins } from "../../../../browser/lib/latest_wins.mjs";
import { saveReplay } from "./replay_saving.mjs";
import { lent, Snapshots } from "../../../../browser/model/snapshots.mjs";
import { TimePanel } from "./time_panel.mjs";
import { dwellMs, Replay, Timeline } from "./timeline.mjs";

/** @import { CanvasData } from "../../../../browser/lib/contract.mjs" */
/** @import { Theme } from "../../../../browser/lib/theme.mjs" */
/** @import { HandleSet } from "../../shared/handle_set.mjs" */
/** @import { Feature, FeatureEvents } from "../../features.mjs" */
/** @import { Snapshot } from "../../../../browser/model/snapshots.mjs" */
/** @import { Paint } from "../../shared/coloring.mjs" */
/** @import { CanvasDom } from "../../../../browser/map/canvas_dom.mjs" */

/** Points that have not been sent elsewhere for as long are at rest: a little longer than they travel. */
const REST_MS = 350;
const NO_STEP = -1; // an epoch's models lie elsewhere than a step's

/**
 * Looks back on a run's training: map, lattice and the handles' images as they were after each epoch that was kept,
 * the handles where they are. While a run trains, its last position follows it.
 * @implements {Feature}
 */
export class TimeMachine {
  /** @param {CanvasDom} dom @param {CanvasData} data @param {HandleSet} handleSet @param {FeatureEvents} events */
  constructor(dom, data, handleSet, events) {
    this.data = data;
    this.handleSet = handleSet;
    this.events = events;
    this.stopping = new AbortController();
    this.timeline = new Timeline();
    this.snapshots = new Snapshots((epoch, signal) => this.#load(epoch, signal));
    this.replay = new Replay({
      advance: () => this.#advance(),
      dwellMs: () => this.#dwellMs,
      onChange: () => this.#played(),
    });
    this.panel = new TimePanel(dom.time, {
      onSeek: (position) => this.#seek(position),
      onRelease: () => events.onChoose(),
      onToggle: () => this.#toggle(),
      onSave: () => void this.#save(),
    });
    /** @type {number | null} the address's epoch, until there is a list to find it in */
    this.wanted = epochIn(data);
    this.isAsking = this.isOutdated = this.isBeginning = this.hasLattice = false;
    /** Whether the list of epochs has come: it is asked for once there is a decoder. */
    this.isListed = false;
    this.timer = 0;
    this.request = latestWins((/** @type {string} */ _slot, /** @type {() => Promise<void>} */ job) => job());
    /** @type {(Paint & {theme: Theme}) | null} */
    this.dressed = null;
    events.liveModel.onChange = () => void this.#refresh();
    this.#show();
  }

  get #dwellMs() {
    const prefersReducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
    return dwellMs(this.timeline.last + 1, this.panel.speed, prefersReducedMotion);
  }

  #show() {
    const { replay, run } = this.data;
    const why = !isFinal(run.state) ? "training" : this.isListed ? "unkept" : "undecoded";
    this.panel.show(this.timeline, replay?.epochs ?? null, this.replay.isPlaying, why);
  }

  /** The list of epochs, which grows while the run trains. */
  async #refresh() {
    this.isOutdated = this.isAsking;
    if (this.isAsking || !this.data.replay) return;
    this.isAsking = true;
    try {
      const { signal } = this.stopping;
      const answer = await fetchOrExplain(runAddress.snapshots(this.data.run.base), "The run's snapshots", signal);
      const { snapshots } = await answer.json();
      this.timeline.use(snapshots, this.events.liveModel.step);
      this.isListed = true;
      if (this.wanted !== null && this.timeline.seekEpoch(this.wanted)) this.#go();
      this.wanted = null;
      this.#show();
    } catch (error) {
      if (!isAbort(error)) this.events.onError(error);
    } finally {
      this.isAsking = false;
      if (this.isOutdated) void this.#refresh();
    }
  }

  /** @param {number} position */
  #seek(position) {
    this.replay.pause();
    if (this.timeline.seek(position)) this.#go();
    this.#show();
  }

  /** From the epoch after this one; from now, the training begins anew. */
  #toggle() {
    this.isBeginning = this.timeline.isNow;
    this.replay.toggle();
  }

  #played() {
    if (this.stopping.signal.aborted) return;
    this.#show();
    if (this.replay.isPlaying) return;
    this.#settle();
    this.events.onChoose();
  }

  /** One epoch further, the last of them now. @returns {Promise<boolean>} whether there are more */
  async #advance() {
    const { timeline } = this;
    timeline.seek(this.isBeginning ? 0 : timeline.position + 1);
    this.isBeginning = false;
    this.#show();
    await this.#go();
    return !timeline.isNow;
  }

  /** Bring what is looked at onto the canvas: one at a time, and the latest request wins. @returns {Promise<void>} */
  #go() {
    this.#settle();
    return new Promise((resolve) => this.request("shown", () => this.#arrive().then(resolve)));
  }

  async #arrive() {
    const { timeline, snapshots, events } = this;
    const { epoch } = timeline;
    const step = timeline.moment?.step ?? -1;
    try {
      const snapshot = epoch === null ? null : await snapshots.get(epoch);
      if (this.stopping.signal.aborted || timeline.epoch !== epoch) return;
      snapshots.inUse = epoch;
      if (epoch === null || !snapshot) return events.liveModel.comeBack();
      events.liveModel.leave(epoch, step);
      events.receiver.useDecoder(lent(snapshot.decoder), step);
      void events.receiver.movePoints(snapshot.points);
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      this.replay.pause();
      events.onError(error);
      void this.#refresh(); // it may have been thinned out
    } finally {
      this.#settle();
    }
  }

  /** Once nothing has changed for a while, the epochs beside this one are fetched. */
  #settle() {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (this.handleSet.isDragging || (this.timeline.isNow && !this.replay.isPlaying)) return;
      for (const epoch of this.timeline.neighbours()) this.snapshots.get(epoch).catch(() => undefined); // asked again then
    }, REST_MS);
  }

  /** @param {number} epoch @param {AbortSignal} signal @returns {Promise<Snapshot>} */
  async #load(epoch, signal) {
    const { data, events } = this;
    const [points, file, runtime] = await Promise.all([
      fetchPoints(data, NO_STEP, signal, { epoch }),
      fetchDecoder(data, NO_STEP, signal, epoch),
      events.runtime(),
    ]);
    return { decoder: await createDecoder(runtime, file, data), points };
  }

  async #save() {
    const { data, handleSet, events, panel, timeline, dressed, stopping } = this;
    const { decoder, points } = events.liveModel;
    if (!dressed || !decoder || !points) return;
    const { moments, now } = timeline;
    const stops = moments.map((moment) => ({ moment, open: () => this.#load(moment.epoch, stopping.signal) }));
    const last = { moment: now, open: async () => ({ decoder, points }) };
    const scene = {
      ...dressed,
      shape: data.imageShape,
      ranges: events.view(),
      plane: events.plane(),
      handles: handleSet.members.map(({ z }) => z),
      lattice: this.hasLattice ? handleSet.members[handleSet.active].z : null,
      epochs: data.replay?.epochs ?? 0,
    };
    const gifenc = new URL(`${data.assets}${GIFENC}`, document.baseURI).href;
    try {
      panel.progress(0);
      const how = { gifenc, dwellMs: this.#dwellMs, signal: stopping.signal };
      await saveReplay([...stops, last], scene, how, (share) => panel.progress(share));
    } catch (error) {
      if (!isAbort(error)) events.onError(error);
    } finally {
      panel.progress(null);
    }
  }

  /** @param {Theme} theme @param {Paint} paint */
  dress(theme, paint) {
    const { look } = this.data;
    this.dressed = { ...paint, theme };
    this.panel.dress(shadeFor(look.reconstruction, theme), shadeFor(look.kl, theme));
  }

  /** @param {readonly import("../../../../browser/lib/contract.mjs").Shown[]} shown */
  show(shown) {
    this.hasLattice = shown.includes("lattice");
  }

  /** @param {CanvasData} data */
  update(data) {
    const { label } = this.data;
    this.data = data;
    this.#show();
    if (data.label === label) return;
    this.snapshots.clear(); // they decode another class
    if (!this.timeline.isNow) void this.#go();
  }

  options() {
    const epoch = this.timeline.epoch ?? this.wanted;
    return { epoch: epoch === null ? "" : `${epoch}@${signOf(this.data)}` };
  }

  destroy() {
    this.stopping.abort();
    clearTimeout(this.timer);
    this.replay.pause();
    this.snapshots.clear();
    this.panel.destroy();
  }
}

/** Another run's epoch means nothing to this one. @param {CanvasData} data */
const signOf = ({ run }) => run.id.slice(0, 8);

/** The epoch that the address names. @param {CanvasData} data @returns {number | null} */
function epochIn(data) {
  const [epoch, sign] = (data.options.epoch ?? "").split("@");
  return sign === signOf(data) ? Number(epoch) : null;
}
