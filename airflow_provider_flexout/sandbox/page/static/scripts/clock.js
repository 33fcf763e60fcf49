// The sandbox's clock.

import { post } from "./api.js";
import { h, setText } from "./dom.js";
import { clockTime, state } from "./state.js";
import { day, time } from "./labels.js";

const MORNING = 9;

export const pause = () => post("clock", { frozen: !state.clock.frozen });
export const run = (speed) => post("clock", { speed });
export const fast = () => run(!state.clock.frozen && state.clock.speed === 60 ? 1 : 60);
const hour = () => post("clock", { advance: "1h" });

/** Tomorrow 09:00, in the time zone of whoever looks. */
export function tomorrow() {
  const now = clockTime();
  const morning = new Date(now * 1000);
  morning.setDate(morning.getDate() + 1);
  morning.setHours(MORNING, 0, 0, 0);
  return post("clock", { advance: Math.max(0, morning.getTime() / 1000 - now) });
}

export function clock(section) {
  const date = h("span", { class: "date" });
  const digits = h("span", { class: "digits" });
  const rate = h("span", { class: "rate" });
  const paused = h("button", { type: "button", onclick: pause }, "Pause");
  const speeds = [1, 60].map((speed) => h("button", { type: "button", "data-speed": speed, onclick: () => run(speed) }, `×${speed}`));
  section.append(
    h("p", { class: "dial" }, date, digits, rate),
    h(
      "div",
      { class: "segments" },
      paused,
      speeds,
      h("button", { type: "button", onclick: hour, title: "Move the clock by an hour" }, "+1 h"),
      h("button", { type: "button", onclick: tomorrow, title: "Jump to tomorrow, 09:00" }, h("span", { class: "wide" }, "Tomorrow "), "09:00"),
    ),
  );
  const tick = () => {
    const now = state.now ? clockTime() : Date.now() / 1000;
    setText(date, day(now));
    setText(digits, time(now));
  };
  setInterval(tick, 200);
  return () => {
    tick();
    const { frozen, speed } = state.clock;
    setText(rate, frozen ? "paused" : speed === 1 ? "" : `×${speed}`);
    setText(paused, frozen ? "Resume" : "Pause");
    paused.setAttribute("aria-pressed", frozen);
    for (const button of speeds) button.setAttribute("aria-pressed", !frozen && Number(button.dataset.speed) === speed);
    section.dataset.frozen = frozen;
  };
}
