// What a page keeps in the browser: the colours that the reader chose, and nothing else. Where a browser keeps nothing,
// or forbids to ask, the page goes on. bundle.mjs gives this to the theme's scripts in the place of the browser's own.
const NAME = "rolling-downhill-theme"; // other books stand at the same origin

export const localStorage = {
  getItem(name) {
    try {
      return name === "mode" ? window.localStorage.getItem(NAME) : null;
    } catch {
      return null;
    }
  },
  setItem(name, value) {
    if (name !== "mode") return; // what follows from the mode, the theme would keep too
    try {
      if (value === "auto") window.localStorage.removeItem(NAME);
      else window.localStorage.setItem(NAME, value);
    } catch {
      // This page has changed all the same.
    }
  },
};

export const sessionStorage = { getItem: () => null, setItem() {} };
