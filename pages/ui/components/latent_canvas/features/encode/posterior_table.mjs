import { decimal, latentName } from "../../../../browser/lib/format.mjs";

/** @import { Dimension } from "../../../../browser/model/posterior.mjs" */

/** @type {[title: string, help: string, text: (dimension: Dimension) => string, ofPoints: boolean][]} */
const COLUMNS = [
  ["", "", ({ dimension }) => latentName(dimension), true],
  ["μ", "The posterior's mean", ({ mu }) => decimal(mu, 2), true],
  ["σ", "Its standard deviation: the ellipse's half-width", ({ sigma }) => decimal(sigma, 3), false],
  ["log σ²", "What the encoder's last layer gives", ({ logvar }) => decimal(logvar, 2), false],
  ["KL", "How much this dimension says about the image, in nats", ({ kl }) => decimal(kl, 2), false],
  ["z", "What is decoded: the mean, or a draw", ({ z }) => decimal(z, 2), false],
];

/** The posterior dimension by dimension, most KL first; what says nothing is folded away. */
export class PosteriorTable {
  /** @param {HTMLElement} box */
  constructor(box) {
    this.active = new Rows();
    this.inactive = new Rows();
    this.folded = document.createElement("details");
    this.summary = document.createElement("summary");
    this.folded.append(this.summary, this.inactive.table);
    this.active.table.setAttribute("aria-label", "The posterior, dimension by dimension");
    this.inactive.table.setAttribute("aria-label", "Inactive dimensions of the posterior");
    box.replaceChildren(this.active.table, this.folded);
  }

  /** @param {Dimension[]} active @param {Dimension[]} inactive @param {boolean} isPoint whether there is a mean only */
  show(active, inactive, isPoint) {
    this.active.show(active, isPoint);
    this.inactive.show(inactive, isPoint);
    this.folded.hidden = !inactive.length;
    this.summary.textContent = `${inactive.length} inactive`;
  }
}

/** A table whose rows stay: while somebody draws, they change with every frame. */
class Rows {
  constructor() {
    this.table = document.createElement("table");
    this.table.className = "ls-posterior-table";
    const head = this.table.createTHead().insertRow();
    for (const [title, help] of COLUMNS) {
      const cell = document.createElement(title ? "th" : "td");
      Object.assign(cell, { textContent: title, title: help, scope: "col" });
      head.append(cell);
    }
    this.body = this.table.createTBody();
  }

  /** @param {Dimension[]} dimensions @param {boolean} isPoint */
  show(dimensions, isPoint) {
    this.table.hidden = !dimensions.length;
    this.table.toggleAttribute("data-point", isPoint);
    while (this.body.rows.length > dimensions.length) this.body.deleteRow(-1);
    while (this.body.rows.length < dimensions.length) this.#add();
    dimensions.forEach((dimension, at) => {
      COLUMNS.forEach(([, , text, ofPoints], column) => {
        this.body.rows[at].cells[column].textContent = isPoint && !ofPoints ? "–" : text(dimension);
      });
    });
  }

  #add() {
    const row = this.body.insertRow();
    COLUMNS.forEach((_, column) => {
      const cell = document.createElement(column ? "td" : "th");
      if (!column) cell.setAttribute("scope", "row");
      row.append(cell);
    });
  }
}
