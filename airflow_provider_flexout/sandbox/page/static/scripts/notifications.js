// Messages to the person who looks at the page, and to a screen reader.

import { h, setText } from "./dom.js";

const SHOWN_MS = 7000;

export function notify(text, tone = "fine") {
  const corner = document.getElementById("notices");
  const box = h("p", { class: "notice", "data-tone": tone }, text);
  corner.append(box);
  while (corner.children.length > 3) corner.firstChild.remove();
  setTimeout(() => box.remove(), SHOWN_MS);
}

/** Tell a screen reader what others see anyway. */
export function announce(text) {
  setText(document.getElementById("spoken"), text);
}
