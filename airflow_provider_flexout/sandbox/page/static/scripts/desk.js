// The right column: an agent's desk, with the queues, the tasks and the conversation of the selected task.

import { agentDoes, setOfferResponse } from "./api.js";
import { h, keyedList, rove, setText, toggle } from "./dom.js";
import { announce } from "./notifications.js";
import { changed, select, state, tasks } from "./state.js";
import { composer, thread } from "./thread.js";
import { channelName, minute, nameOf } from "./labels.js";

const OFFER_RESPONSES = { by_hand: ["By hand", "wait"], accepts: ["By itself", "accept"], away: ["Away", "ignore"] };
const ORDER = { reserved: 0, assigned: 1, wrapping: 2, pending: 3, completed: 4, canceled: 5 };
const STATUS_LABELS = { reserved: "offered", assigned: "talking", wrapping: "wrapping up", pending: "waiting in the queue" };

export function desk(column) {
  const agents = h("div", { class: "segments", role: "group", "aria-label": "Agent" });
  const responses = h("div", { class: "segments small", role: "group", "aria-label": "How the agent takes tasks" });
  const queues = h("dl", { class: "queues", "aria-label": "Queues" });
  const hint = h("div", { class: "empty" });
  const list = h("ul", { class: "tasks", "aria-label": "Tasks" });
  const work = taskPanel();
  column.append(
    h("header", { class: "head" }, h("h2", { id: "desk-title" }, "Agent desk"), agents),
    h("div", { class: "row" }, h("span", { class: "note" }, "Takes tasks"), responses),
    queues,
    hint,
    list,
    work.node,
  );
  const drawAgents = keyedList(agents, (agent) => agent.name, agentButton);
  const drawResponses = keyedList(responses, ([how]) => how, responseButton);
  const drawQueues = keyedList(queues, (queue) => queue.sid, queueRow);
  const drawTasks = keyedList(list, (item) => item.task.sid, taskRow);
  const keepOneStop = rove(list, ".task");
  let offered = new Set();
  return () => {
    drawAgents(state.agents);
    const agent = state.agents.find((each) => each.name === state.agent);
    drawResponses(Object.entries(OFFER_RESPONSES).map(([how, [label, response]]) => [how, label, response]));
    setPressed(agents, (button) => button.dataset.name === state.agent);
    setPressed(responses, (button) => button.dataset.response === agent?.answer);
    drawQueues(state.queues);
    const mine = tasks()
      .filter(({ task }) => belongs(task, agent))
      .sort((one, other) => ORDER[one.task.status] - ORDER[other.task.status]);
    const shown = [...mine.filter(({ task }) => ORDER[task.status] < 4), ...mine.filter(({ task }) => ORDER[task.status] > 3).slice(0, 5)];
    if (!shown.some(({ task }) => task.sid === state.task)) state.task = shown[0]?.task.sid ?? null;
    drawTasks(shown);
    for (const node of list.children) {
      const button = node.firstChild;
      button.setAttribute("aria-current", button.dataset.sid === state.task);
    }
    keepOneStop();
    list.hidden = !shown.length;
    hint.hidden = shown.length > 0;
    if (!shown.length && agent) emptyDesk(hint, agent);
    const nowOffered = new Set(shown.filter(({ task }) => task.status === "reserved").map(({ task }) => task.sid));
    for (const { task, card } of shown) {
      if (task.status === "reserved" && !offered.has(task.sid)) announce(`A task is offered to ${agent.full_name}: ${nameOf(card)}`);
    }
    offered = nowOffered;
    work.show(shown.find(({ task }) => task.sid === state.task), agent);
  };
}

function belongs(task, agent) {
  if (!agent) return false;
  if (task.worker) return task.worker === agent.name;
  return task.status === "pending" && (!task.for_worker || task.for_worker === agent.sid);
}

function setPressed(group, is) {
  for (const button of group.children) {
    const on = String(is(button));
    if (button.getAttribute("aria-pressed") !== on) button.setAttribute("aria-pressed", on);
  }
}

function agentButton(first) {
  const waiting = h("span", { class: "count" });
  const choose = () => {
    state.agent = first.name;
    state.task = null;
    changed();
  };
  const node = h("button", { type: "button", "data-name": first.name, title: first.full_name, onclick: choose }, first.full_name.split(" ")[0], waiting);
  return {
    node,
    update() {
      const count = tasks().filter(({ task }) => task.worker === first.name && task.status === "reserved").length;
      setText(waiting, count ? String(count) : "");
      waiting.hidden = !count;
    },
  };
}

function responseButton([how, label, response]) {
  const choose = () => setOfferResponse(state.agent, how);
  return { node: h("button", { type: "button", "data-response": response, onclick: choose }, label) };
}

function queueRow(first) {
  const what = h("dd", {});
  return {
    node: h("div", {}, h("dt", {}, first.name), what),
    update: (queue) => setText(what, `${queue.pending} waiting · ${queue.reserved} offered · ${queue.assigned + queue.wrapping} with agents`),
  };
}

function emptyDesk(hint, agent) {
  const first = agent.full_name.split(" ")[0];
  const texts = {
    miss: [`${first} lets it ring`, "Choose By hand to take tasks yourself."],
    wait: [`Nothing on ${first}'s desk`, "A task that is offered appears here and waits for you to accept it."],
    accept: [`${first} works alone`, `Tasks are accepted automatically after ${agent.after} s. Choose By hand to take them yourself.`],
    decline: [`${first} declines every task`, "Choose By hand to take them yourself."],
    ignore: [`${first} is away`, "Tasks are not offered and wait in the queue."],
  }[agent.answer];
  if (!agent.available && agent.answer !== "ignore") {
    texts.splice(0, 2, `${first} is not available`, `${first}'s activity is ${agent.activity}. Choose By hand or By itself to take tasks again.`);
  }
  hint.replaceChildren(h("p", { class: "lead" }, texts[0]), h("p", {}, texts[1]));
}

function taskRow(first) {
  const name = h("span", { class: "name" });
  const what = h("span", { class: "last" });
  const when = h("span", { class: "when" });
  const open = () => {
    state.task = first.task.sid;
    select(first.card.sid);
  };
  const button = h("button", { type: "button", class: "task", tabindex: "-1", "data-sid": first.task.sid, onclick: open }, h("span", { class: "who" }, name, what), when);
  return {
    node: h("li", {}, button),
    update({ task, card }) {
      button.dataset.status = task.status;
      setText(name, nameOf(card));
      setText(what, `${STATUS_LABELS[task.status] ?? task.status}${task.reason ? `: ${task.reason}` : ""}`);
      setText(when, minute(task.created));
    },
  };
}

const ACTIONS = [
  ["accept", "Accept", "primary", ["reserved"]],
  ["decline", "Decline", "", ["reserved"]],
  ["wrap_up", "Wrap up", "", ["assigned"]],
  ["complete", "Complete", "", ["assigned", "wrapping"]],
];

function taskPanel() {
  let item = null;
  const name = h("h3", {});
  const about = h("p", { class: "note" });
  const given = h("dl", { class: "given" });
  const buttons = ACTIONS.map(([does, label, look, states]) =>
    h("button", { type: "button", class: look, "data-does": does, "data-states": states.join(" "), onclick: () => agentDoes(item.task.sid, does) }, label),
  );
  const messages = thread("agent");
  const write = composer("agent-text", "Write as the agent", (text) => agentDoes(item.task.sid, "say", text));
  const node = h("article", { class: "work", "aria-label": "The agent's task", hidden: true }, h("header", {}, h("div", { class: "grow" }, name, about), h("div", { class: "actions" }, buttons)), given, messages.node, write.node);
  const drawGiven = keyedList(given, ([key]) => key, ([key]) => {
    const value = h("dd", { dir: "auto" });
    return { node: h("div", {}, h("dt", {}, key.replaceAll("_", " ")), value), update: ([, now]) => setText(value, String(now)) };
  });
  return {
    node,
    show(now, agent) {
      node.hidden = !now;
      item = now ?? null;
      if (!now) return;
      const { task, card } = now;
      setText(name, nameOf(card));
      setText(about, `${channelName(card.kind)} · ${STATUS_LABELS[task.status] ?? task.status}`);
      drawGiven(Object.entries(task.given).slice(0, 6));
      given.hidden = !Object.keys(task.given).length;
      for (const button of buttons) {
        const can = button.dataset.states.split(" ").includes(task.status);
        // The focus moves to what can be done next.
        const had = document.activeElement === button;
        button.hidden = !can;
        if (had && !can) requestAnimationFrame(() => (write.text.disabled ? buttons.find((each) => !each.hidden) : write.text)?.focus());
      }
      messages.show(card);
      const open = task.status === "assigned" && card.state !== "closed";
      const closed = { reserved: "Accept the task to write", pending: "Nobody has this task yet", wrapping: "The conversation has ended" }[task.status];
      write.allow(open, open ? `Write as ${agent.full_name}` : (closed ?? `The task is ${task.status}`));
      toggle(node, "data-ended", ORDER[task.status] > 3);
    },
  };
}

/** Press a button of the selected task, for the keyboard shortcuts. */
export function press(does) {
  const button = document.querySelector(`.work [data-does="${does}"]`);
  if (button && !button.hidden) button.click();
  return Boolean(button && !button.hidden);
}

