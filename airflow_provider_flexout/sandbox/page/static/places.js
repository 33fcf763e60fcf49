// The three parts of the page. On a narrow screen one is shown at a time.

import { h } from "./dom.js";

const PLACES = { customers: "Customers", timeline: "Timeline", desk: "Agent desk" };

export function places(nav) {
  nav.append(
    ...Object.entries(PLACES).map(([name, label]) => h("button", { type: "button", "data-place": name, onclick: () => goTo(name) }, label)),
  );
  mark(document.body.dataset.place);
}

export function goTo(name) {
  document.body.dataset.place = name;
  mark(name);
  const column = document.getElementById(name);
  const stop = column.querySelector('.person[tabindex="0"], .line[tabindex="0"], .task[tabindex="0"]');
  (stop && stop.offsetParent ? stop : column).focus();
}

function mark(name) {
  for (const button of document.getElementById("places").children) {
    if (button.dataset.place === name) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}
