/** As much of a document as a lesson's widget puts itself up on: elements with attributes, children and listeners. */

class FakeElement extends EventTarget {
  constructor() {
    super();
    /** @type {Record<string, string>} */
    this.attributes = {};
    /** @type {unknown[]} */
    this.children = [];
    this.dataset = {};
    this.style = { setProperty() {} };
    this.textContent = "";
    this.value = "0";
    this.clientWidth = 400;
    this.classList = { toggle() {}, add() {}, remove() {} };
  }

  /** @param {string} name @param {string} value */
  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  /** @param {string} name */
  removeAttribute(name) {
    delete this.attributes[name];
  }

  /** @param {...unknown} children */
  append(...children) {
    this.children.push(...children);
  }

  /** @param {...unknown} children */
  replaceChildren(...children) {
    this.children = children;
  }

  setPointerCapture() {}

  remove() {}

  getContext() {
    return null;
  }
}

/** Put a stand-in where modules look for a document. */
export function install() {
  Object.assign(globalThis, {
    document: { createElement: () => new FakeElement(), createElementNS: () => new FakeElement() },
    requestAnimationFrame: () => 0,
    cancelAnimationFrame() {},
    OffscreenCanvas: class {
      getContext() {
        return null;
      }
    },
    ResizeObserver: class {
      observe() {}
      disconnect() {}
    },
    ImageData: class {
      constructor(/** @type {number} */ width, /** @type {number} */ height) {
        this.data = new Uint8ClampedArray(width * height * 4);
      }
    },
  });
  return /** @type {HTMLElement} */ (/** @type {unknown} */ (new FakeElement()));
}
