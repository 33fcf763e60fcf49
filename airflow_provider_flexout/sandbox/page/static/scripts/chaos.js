// The faults that requests meet on their way to Twilio: planted here by operation, and by number or rate.

import { post, read, remove } from "./api.js";
import { h, keyedList, setText } from "./dom.js";
import { notify } from "./notifications.js";
import { state } from "./state.js";

// Kind, label, what it does, and the further arguments that the sandbox takes for it.
const KINDS = [
  ["drop_response", "Drop the response", "The request is carried out, then the connection closes without a response.", () => ({})],
  ["lose_request", "Lose the request", "The connection closes before anything happens.", () => ({})],
  ["rate_limit", "429 Too Many Requests", "Refused with 429/20429; nothing happens.", () => ({})],
  ["fail", "500 Server error", "Refused with 500/20500; nothing happens.", () => ({ status: 500 })],
  ["delay", "Latency", "Carried out at once; the response comes late.", (seconds) => ({ seconds })],
  ["fail_channel", "Channel set-up fails", "The interaction is created, but its channel fails with 45352.", () => ({})],
];

export function chaos(panel, button, count) {
  const kind = select("chaos-kind", KINDS.map(([value, label]) => [value, label]));
  const description = h("p", { class: "note", id: "chaos-what" });
  kind.setAttribute("aria-describedby", "chaos-what");
  const operation = select("chaos-operation", [["*", "every call"]]);
  const often = select("chaos-often", [["1", "once"], ["3", "3 times"], ["0.1", "1 in 10"], ["0.3", "3 in 10"], ["always", "always"]]);
  const seconds = h("input", { id: "chaos-seconds", type: "number", min: "0.1", max: "60", step: "0.1", value: "2" });
  const secondsField = field("Seconds", seconds);
  const lag = h("input", { id: "chaos-lag", type: "number", min: "0", max: "600", step: "1", value: "0" });
  const planted = h("ul", { class: "planted", "aria-label": "Planted" });
  const none = h("p", { class: "note" }, "Nothing is planted: the sandbox responds to every request as Twilio would.");
  const clear = h("button", { type: "button", class: "quiet", onclick: () => remove("faults") }, "Remove all");
  const form = h("form", { class: "plant" }, field("What", kind), field("To", operation), field("How often", often), secondsField, h("button", { type: "submit", class: "primary" }, "Plant"), description);
  const lagForm = h("form", { class: "plant" }, h("div", { class: "field" }, h("label", { for: lag.id }, "New tasks are missing from lists for (s)"), h("div", { class: "pair" }, lag, h("button", { type: "submit" }, "Set"))));
  panel.append(h("header", { class: "head" }, h("h2", { id: "chaos-title" }, "Chaos"), clear), form, lagForm, none, planted);

  const describe = () => {
    setText(description, KINDS.find(([value]) => value === kind.value)[2]);
    secondsField.hidden = kind.value !== "delay";
    operation.disabled = kind.value === "fail_channel";
  };
  kind.addEventListener("change", describe);
  describe();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [, label, , more] = KINDS.find(([value]) => value === kind.value);
    const target = kind.value === "fail_channel" ? {} : { operation: operation.value };
    const made = await post("faults", { kind: kind.value, ...target, ...frequency(often.value), ...more(Number(seconds.value)) });
    if (made) notify(`Planted: ${label.toLowerCase()}.`);
  });
  lagForm.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await post("settings", { task_list_lag: Number(lag.value) })) notify(`New tasks are missing from lists for ${lag.value} s.`);
  });
  read("faults").then((faults) => faults && operation.append(...faults.operations.map((name) => h("option", { value: name }, name))));

  const draw = keyedList(planted, ([at]) => at, () => {
    const node = h("li", {});
    return { node, update: ([, fault]) => setText(node, sentence(fault)) };
  });
  return () => {
    const active = state.faults.length + (state.task_list_lag > 0 ? 1 : 0);
    draw(state.faults.map((fault, at) => [at, fault]));
    none.hidden = state.faults.length > 0;
    clear.hidden = !state.faults.length;
    if (document.activeElement !== lag && lag.dataset.shown !== String(state.task_list_lag)) {
      lag.value = lag.dataset.shown = String(state.task_list_lag);
    }
    setText(count, String(active));
    count.hidden = !active;
    button.setAttribute("aria-label", active ? `Chaos, ${active} planted` : "Chaos");
  };
}

function frequency(value) {
  if (value === "always") return { times: null };
  return value.includes(".") ? { times: null, probability: Number(value) } : { times: Number(value) };
}

function sentence(fault) {
  const label = KINDS.find(([value]) => value === fault.kind)[1];
  const target = fault.operation === "*" ? "every call" : fault.operation;
  const often = fault.probability < 1 ? `${Math.round(fault.probability * 100)} in 100` : fault.times === null ? "always" : `${fault.times} more`;
  const late = fault.kind === "delay" ? `, ${fault.seconds} s` : "";
  return `${label}${late}: ${target}, ${often}; ${fault.fired} so far`;
}

const select = (id, options) => h("select", { id }, options.map(([value, label]) => h("option", { value }, label)));

const field = (label, input) => h("div", { class: "field" }, h("label", { for: input.id }, label), input);
