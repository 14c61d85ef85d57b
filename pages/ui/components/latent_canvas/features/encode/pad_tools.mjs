/** @import { DrawPad } from "./pad.mjs" */

/**
 * The buttons of a pad: one per ink, of which one is pressed, then undo and clear.
 * @param {DrawPad} pad @returns {HTMLElement}
 */
export function padTools(pad) {
  const tools = document.createElement("div");
  tools.className = "ls-pad-tools";
  const inks = pad.inks.map(({ name, color }, at) => {
    const ink = button(name, () => {
      pad.choose(at);
      press(inks, at);
    });
    ink.classList.add("ls-pad-ink");
    ink.style.setProperty("--ls-ink-color", cssColor(color));
    return ink;
  });
  press(inks, 0);
  const group = document.createElement("div");
  group.className = "ls-pad-inks";
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Pen");
  group.append(...inks);
  tools.append(group, button("Undo", () => pad.undo(), "Undo"), button("Clear", () => pad.clear(), "Clear"));
  return tools;
}

/**
 * @param {string} name for screen readers and as a tooltip @param {() => void} pressed
 * @param {string} [text] "" where the colour says it
 */
function button(name, pressed, text = "") {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "ls-pad-tool";
  made.textContent = text;
  if (!text) {
    made.title = name;
    made.setAttribute("aria-label", name);
  }
  made.addEventListener("click", pressed);
  return made;
}

/** @param {HTMLElement[]} buttons @param {number} at */
function press(buttons, at) {
  buttons.forEach((each, place) => each.setAttribute("aria-pressed", String(place === at)));
}

/** @param {readonly number[]} color one value per channel, 0 to 1 @returns {string} */
function cssColor(color) {
  const [red, green = red, blue = red] = color.map((value) => Math.round(255 * value));
  return `rgb(${red} ${green} ${blue})`;
}
