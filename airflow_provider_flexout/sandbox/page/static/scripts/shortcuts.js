// The keyboard: shortcuts, and the dialog that lists them.

import { fast, pause, tomorrow } from "./clock.js";
import { press } from "./desk.js";
import { h } from "./dom.js";
import { goTo } from "./sections.js";

const OFF = "flexout-shortcuts-off";

const KEYS = [
  ["1", "Customers", () => goTo("customers")],
  ["2", "Timeline", () => goTo("timeline")],
  ["3", "Agent desk", () => goTo("desk")],
  ["r", "Write as the customer", () => write("customers", "customer-text")],
  ["t", "Write as the agent", () => write("desk", "agent-text")],
  ["a", "Accept the task", () => press("accept")],
  ["d", "Decline the task", () => press("decline")],
  ["w", "Wrap up", () => press("wrap_up")],
  ["c", "Complete the task", () => press("complete")],
  ["p", "Pause or resume the clock", pause],
  ["f", "Clock ×60, or back to ×1", fast],
  ["m", "Jump to tomorrow, 09:00", tomorrow],
  ["x", "Chaos", () => document.getElementById("chaos-button").click()],
  ["?", "This help", () => open()],
];
const WITHIN = [
  ["Arrow keys, Home, End", "Move in a list"],
  ["Enter", "Open; in a text: send"],
  ["Shift+Enter", "Begin a new line"],
  ["Esc", "Leave a text, close a panel"],
];

const dialog = () => document.getElementById("help");

function write(section, id) {
  goTo(section);
  if (section === "customers") document.getElementById(section).dataset.open = "";
  document.getElementById(id).focus(); // at once: the next key is text already
}

function open() {
  dialog().showModal();
}

export function shortcuts() {
  const off = h("input", { type: "checkbox", id: "shortcuts-on" });
  off.checked = !localStorage.getItem(OFF);
  off.addEventListener("change", () => (off.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
  const entry = ([key, what]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, what));
  dialog().append(
    h("header", { class: "head" }, h("h2", { id: "help-title" }, "Keyboard"), h("button", { type: "button", class: "quiet", onclick: () => dialog().close() }, "Close")),
    h("dl", { class: "keys" }, KEYS.map(entry), WITHIN.map(entry)),
    h("label", { class: "check" }, off, "Single keys are shortcuts"),
  );
  document.getElementById("help-button").addEventListener("click", open);
  document.addEventListener("keydown", pressed);
}

function pressed(event) {
  if (event.key === "Escape" && event.target.matches("textarea, input, select")) {
    event.target.closest(".column, .chaos")?.focus();
    return;
  }
  const busy = event.ctrlKey || event.metaKey || event.altKey || event.isComposing || dialog().open;
  if (busy || event.target.matches("textarea, input, select") || localStorage.getItem(OFF)) return;
  const found = KEYS.find(([key]) => key === event.key);
  if (!found) return;
  event.preventDefault();
  found[2]();
}
