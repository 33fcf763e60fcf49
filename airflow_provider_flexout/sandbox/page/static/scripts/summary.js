// How many were opened, delivered and answered, by hour: three figures and a picture.

import { h, setText, svg } from "./dom.js";

import { clockTime, state } from "./state.js";
import { day, minute } from "./labels.js";

const MEASURES = ["opened", "delivered", "answered"];
const LABELS = { opened: "Opened", delivered: "Delivered", answered: "Answered" };
const HOURS = 12;
const SLOT = 42;
const HEIGHT = 64;
const HOUR = 3600;

export function summary(section) {
  const figures = Object.fromEntries(MEASURES.map((name) => [name, h("dd", {})]));
  const picture = svg("svg", { class: "chart", viewBox: `0 0 ${HOURS * SLOT} ${HEIGHT + 20}`, role: "img", preserveAspectRatio: "xMidYMax meet" });
  section.append(
    h("dl", { class: "figures" }, MEASURES.map((name) => h("div", { "data-measure": name }, h("dt", {}, LABELS[name]), figures[name]))),
    picture,
  );
  let drawn = "";
  return () => {
    const total = (name) => state.summary.reduce((sum, hour) => sum + hour[name], 0);
    for (const name of MEASURES) setText(figures[name], total(name).toLocaleString());
    const hours = lastHours();
    const key = JSON.stringify(hours);
    if (key === drawn) return;
    drawn = key;
    picture.replaceChildren(...bars(hours));
    const filled = hours.filter((hour) => hour.opened + hour.delivered + hour.answered);
    picture.setAttribute("aria-label", filled.length ? filled.map(sentence).join("; ") : "Nothing in the last 12 hours");
  };
}

function lastHours() {
  const now = Math.floor((state.now ? clockTime() : 0) / HOUR) * HOUR;
  const counted = new Map(state.summary.map((hour) => [hour.hour, hour]));
  return Array.from({ length: HOURS }, (_, at) => {
    const hour = now - (HOURS - 1 - at) * HOUR;
    return counted.get(hour) ?? { hour, opened: 0, delivered: 0, answered: 0 };
  });
}

const sentence = (hour) => `${day(hour.hour)} ${minute(hour.hour)}: ${hour.opened} opened, ${hour.delivered} delivered, ${hour.answered} answered`;

function bars(hours) {
  const most = Math.max(1, ...hours.flatMap((hour) => MEASURES.map((name) => hour[name])));
  const parts = [svg("line", { class: "ground", x1: 0, x2: HOURS * SLOT, y1: HEIGHT + 0.5, y2: HEIGHT + 0.5 })];
  hours.forEach((hour, at) => {
    const group = svg("g", { transform: `translate(${at * SLOT} 0)` }, svg("title", {}, sentence(hour)));
    MEASURES.forEach((name, column) => {
      const height = hour[name] ? Math.max(3, (hour[name] / most) * (HEIGHT - 4)) : 0;
      if (height) group.append(svg("rect", { class: name, x: 6 + column * 10, y: HEIGHT - height, width: 9, height, rx: 2 }));
    });
    if (at % 2 === 1) group.append(svg("text", { x: SLOT / 2 - 1, y: HEIGHT + 15, "text-anchor": "middle" }, minute(hour.hour)));
    parts.push(group);
  });
  return parts;
}

