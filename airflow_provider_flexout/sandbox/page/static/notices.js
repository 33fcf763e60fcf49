// What the page says to whoever looks, and to a screen reader.

import { h, say } from "./dom.js";

const SHOWN_MS = 7000;

export function notice(text, mood = "fine") {
  const place = document.getElementById("notices");
  const box = h("p", { class: "notice", "data-mood": mood }, text);
  place.append(box);
  while (place.children.length > 3) place.firstChild.remove();
  setTimeout(() => box.remove(), SHOWN_MS);
}

/** For what is seen anyway. */
export function announce(text) {
  say(document.getElementById("spoken"), text);
}
