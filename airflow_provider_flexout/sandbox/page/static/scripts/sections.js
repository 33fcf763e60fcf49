// The three parts of the page. On a narrow screen one is shown at a time.

import { h } from "./dom.js";

const SECTIONS = { customers: "Customers", timeline: "Timeline", desk: "Agent desk" };

export function sections(nav) {
  nav.append(
    ...Object.entries(SECTIONS).map(([name, label]) => h("button", { type: "button", "data-section": name, onclick: () => goTo(name) }, label)),
  );
  setCurrent(document.body.dataset.section);
}

export function goTo(name) {
  document.body.dataset.section = name;
  setCurrent(name);
  const column = document.getElementById(name);
  const stop = column.querySelector('.person[tabindex="0"], .line[tabindex="0"], .task[tabindex="0"]');
  (stop && stop.offsetParent ? stop : column).focus();
}

function setCurrent(name) {
  for (const button of document.getElementById("sections").children) {
    if (button.dataset.section === name) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}
