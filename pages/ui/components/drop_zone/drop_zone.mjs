import { chosen, dropped, megabytes, packed } from "./dropped.mjs";
import { listen } from "../../browser/lib/pointer.mjs";
import { onePerElement } from "../../browser/lib/instances.mjs";

/** @import { DropData } from "../../browser/lib/contract.mjs" */
/** @import { Component } from "../../browser/lib/types.mjs" */
/** @import { Dropped, Parcel } from "./dropped.mjs" */

/** Where pictures are dropped. */
class DropZone {
  /** @param {Component<DropData>} component */
  constructor(component) {
    this.component = component;
    this.root = /** @type {HTMLElement} */ (component.parentElement.querySelector(".ls-drop"));
    /** @param {string} name */
    const part = (name) => /** @type {HTMLElement} */ (this.root.querySelector(`.ls-drop-${name}`));
    this.progress = part("progress");
    this.note = part("note");
    /** @type {XMLHttpRequest | null} */
    this.sending = null;
    this.stop = listen(this.root, {
      dragover: (/** @type {DragEvent} */ event) => this.#over(event, true),
      dragleave: (/** @type {DragEvent} */ event) => this.#over(event, false),
      drop: (/** @type {DragEvent} */ event) => void this.#drop(event),
      change: (/** @type {Event} */ event) => this.#choose(/** @type {HTMLInputElement} */ (event.target)),
    });
    for (const input of this.root.querySelectorAll("input")) this.#choose(input); // chosen before this was here to hear it
  }

  /** @param {Component<DropData>} component */
  update(component) {
    this.component = component;
  }

  /** @param {DragEvent} event @param {boolean} isOver */
  #over(event, isOver) {
    event.preventDefault();
    this.root.toggleAttribute("data-over", isOver && !this.sending);
  }

  /** @param {DragEvent} event */
  async #drop(event) {
    this.#over(event, false);
    if (!event.dataTransfer || this.sending) return;
    this.#say("Reading the folder…");
    try {
      this.#take(await dropped(event.dataTransfer));
    } catch {
      this.#say("What was dropped could not be read; choose it with a button instead.");
    }
  }

  /** @param {HTMLInputElement} input */
  #choose(input) {
    if (input.files?.length && !this.sending) this.#take(chosen(input.files));
    input.value = ""; // the same may be chosen again
  }

  /** @param {Dropped[]} files */
  #take(files) {
    if (!files.length) return this.#say("There are no files in it.");
    const parcel = packed(files);
    const { mostBytes } = this.component.data;
    if (parcel.body.size > mostBytes) {
      return this.#say(`${parcel.name} has ${megabytes(parcel.body.size)}; expected at most ${megabytes(mostBytes)}. Take fewer or smaller pictures.`);
    }
    this.#send(parcel);
  }

  /** XMLHttpRequest, for fetch does not tell how much was sent. @param {Parcel} parcel */
  #send({ name, body, count }) {
    const request = (this.sending = new XMLHttpRequest());
    this.root.toggleAttribute("data-busy", true);
    const what = count > 1 ? `${count.toLocaleString("en")} files` : name;
    const all = body.size;
    request.upload.onprogress = ({ loaded }) => this.#show(Math.min(1, loaded / all), `Sending ${what}, ${megabytes(loaded)} of ${megabytes(all)}`);
    request.onloadend = () => this.#answered(request, name);
    request.open("PUT", new URL(`${this.component.data.address}?name=${encodeURIComponent(name)}`, document.baseURI));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(body);
    this.#show(0, `Sending ${what}…`);
  }

  /** @param {XMLHttpRequest} request @param {string} name */
  #answered(request, name) {
    if (request !== this.sending) return;
    this.sending = null;
    this.root.toggleAttribute("data-busy", false);
    this.progress.hidden = true;
    const { id, error } = answerOf(request);
    this.#say(id ? "" : (error ?? refusal(request.status)));
    if (id) this.component.setStateValue("received", { id, name });
  }

  /** @param {number} share @param {string} sentence */
  #show(share, sentence) {
    this.progress.hidden = false;
    this.progress.style.setProperty("--ls-share", String(share));
    this.progress.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    this.#say(sentence);
  }

  /** @param {string} sentence */
  #say(sentence) {
    this.note.textContent = sentence;
  }

  destroy() {
    const { sending } = this;
    this.sending = null;
    sending?.abort();
    this.stop();
  }
}

/** @param {XMLHttpRequest} request @returns {{id?: string, error?: string}} */
function answerOf({ responseText }) {
  try {
    return JSON.parse(responseText);
  } catch {
    return {};
  }
}

/** Why nothing of ours has answered. @param {number} status of HTTP, 0 without any */
export function refusal(status) {
  if (!status) return "The connection was lost before all was sent; try again.";
  if (status === 413) return "A proxy between here and the server refuses so much at once (413): have its limit raised (nginx: client_max_body_size), or send less.";
  if (status === 403) return "A proxy between here and the server refuses to send files (403): ask whoever runs it, or open the app without the frame around it.";
  return `The server did not take it (${status}); try again.`;
}

/** @type {(component: Component<DropData>) => () => void} */
export default onePerElement((component) => new DropZone(component));
