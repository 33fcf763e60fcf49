// The middle column: every request, change of state, receipt and webhook, newest first.

import { h, keyedList, rove, setText } from "./dom.js";
import { changed, select, state } from "./state.js";
import { address, day, iso, mapIndex, nameOf, shortSid, sourceName, time } from "./labels.js";

const FILTERS = {
  writes: ["Writes", (line) => line.kind === "request" && line.method !== "GET"],
  reads: ["Reads", (line) => line.kind === "request" && line.method === "GET"],
  states: ["States", (line) => ["conversation", "participant", "channel", "task", "message"].includes(line.kind)],
  receipts: ["Receipts", (line) => line.kind === "receipt"],
  webhooks: ["Webhooks", (line) => ["webhook", "studio"].includes(line.kind)],
};
const WROTE = { customer: "Customer wrote", agent: "Agent wrote", pipeline: "Pipeline wrote", system: "System wrote" };
const hidden = new Set();
let onlySelected = false;
const SHOWN = 300;

export function timeline(column) {
  const chips = Object.entries(FILTERS).map(([name, [label]]) => chip(label, true, (on) => (on ? hidden.delete(name) : hidden.add(name))));
  const only = chip("This customer only", false, (on) => (onlySelected = on));
  const empty = h("div", { class: "empty" });
  const list = h("ol", { class: "lines", "aria-label": "What happened, newest first" });
  column.append(h("div", { class: "filters", role: "group", "aria-label": "Show" }, chips, only), empty, list);
  const draw = keyedList(list, (row) => row.key, row);
  const keepOneStop = rove(list, ".line");
  return () => {
    const rows = folded(state.lines.filter(isShown)).reverse().slice(0, SHOWN);
    empty.hidden = rows.length > 0;
    list.hidden = !rows.length;
    const quiet = state.lines.length ? ["Nothing to show", "Every kind of line is switched off, or this customer has none."] : ["Nothing has happened yet", "Requests, receipts and changes of state appear here as they happen."];
    if (!rows.length) empty.replaceChildren(h("p", { class: "lead" }, quiet[0]), h("p", {}, quiet[1]));
    draw(rows);
    for (const node of list.children) {
      const own = node.dataset.conversation === state.selected && state.selected !== null;
      if (node.hasAttribute("data-own") !== own) node.toggleAttribute("data-own", own);
    }
    keepOneStop();
  };
}

function chip(label, on, set) {
  const button = h("button", { type: "button", class: "chip", "aria-pressed": String(on) }, label);
  button.addEventListener("click", () => {
    const now = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", now);
    set(now);
    changed();
  });
  return button;
}

function isShown(line) {
  if (onlySelected && line.conversation !== state.selected) return false;
  const name = Object.keys(FILTERS).find((each) => FILTERS[each][1](line));
  return !hidden.has(name);
}

/** Fold repeated reads with the same result, and with nothing but reads and tokens in between, into one row. */
function folded(lines) {
  const rows = [];
  let open = new Map();
  for (const line of lines) {
    const read = line.kind === "request" && !line.fault && (line.method === "GET" || line.operation === "CreateOauth2Token");
    if (!read) open = new Map();
    const same = read && `${line.path} ${line.status}`;
    const row = open.get(same);
    if (row) {
      rows.splice(rows.indexOf(row), 1);
      const next = { ...row, line, count: row.count + 1 };
      rows.push(next);
      open.set(same, next);
    } else {
      const fresh = { key: line.n, line, count: 1 };
      rows.push(fresh);
      if (read) open.set(same, fresh);
    }
  }
  return rows.map(unchanged);
}

const known = new Map();

/** Return the same object while nothing has changed, so that its element is not drawn again. */
function unchanged(row) {
  const before = known.get(row.key);
  if (before && before.line === row.line && before.count === row.count) return before;
  if (known.size > 4000) known.clear();
  known.set(row.key, row);
  return row;
}

function row() {
  const when = h("time", { class: "when" });
  const what = h("span", { class: "what" });
  const code = h("span", { class: "code" });
  const small = h("span", { class: "small" });
  const button = h("button", { type: "button", class: "line", tabindex: "-1" }, when, h("span", { class: "body" }, what, small), code);
  const node = h("li", {}, button);
  let conversation = null;
  button.addEventListener("click", () => conversation && state.cards.has(conversation) && select(conversation));
  return {
    node,
    update({ line, count }) {
      conversation = line.conversation;
      node.dataset.conversation = conversation ?? "";
      node.dataset.kind = line.kind;
      node.dataset.tone = tone(line);
      setText(when, time(line.at));
      when.dateTime = iso(line.at);
      when.title = day(line.at);
      what.replaceChildren(...title(line, count));
      small.replaceChildren(...details(line));
      setText(code, result(line));
    },
  };
}

function tone(line) {
  if (line.fault) return "fault";
  if (line.kind === "request") return line.status === null || line.status >= 400 ? "bad" : "fine";
  return line.code || ["failed", "canceled", "undelivered"].includes(line.status) ? "bad" : "plain";
}

function title(line, count) {
  const times = count > 1 ? [h("span", { class: "times" }, `×${count}`)] : [];
  switch (line.kind) {
    case "request":
      return [h("b", { class: "method", "data-method": line.method }, line.method), line.operation || "no such operation", ...times];
    case "conversation":
      return [line.created ? "Conversation opened" : `Conversation ${line.state}`];
    case "participant":
      return [`${address(line.who)} ${line.does === "joins" ? "joined" : "left"}`];
    case "message":
      return [line.source?.own ? "Pipeline wrote" : WROTE[line.role]];
    case "receipt":
      return [`Message ${line.status}`];
    case "channel":
      return [`Channel ${line.status}`];
    case "task":
      if (line.takes_over) return [`${line.worker} takes over: the customer has an agent now`];
      return [line.worker ? `Task ${line.status} · ${line.worker}` : `Task ${line.status}`];
    case "studio":
      return [`Studio flow ${line.flow} ${line.status}`];
    case "webhook":
      return [`Webhook ${line.event ?? ""}`];
    default:
      return [line.text ?? line.kind];
  }
}

function result(line) {
  if (line.kind === "request" || line.kind === "webhook") {
    return [line.status ?? "no answer", line.code].filter(Boolean).join(" · ");
  }
  return line.code ? String(line.code) : "";
}

function details(line) {
  const parts = [];
  const card = state.cards.get(line.conversation);
  if (card) parts.push(h("span", { class: "whom" }, nameOf(card)));
  else if (line.conversation) parts.push(h("span", { class: "whom" }, shortSid(line.conversation)));
  if (line.fault) parts.push(h("span", { class: "tag" }, line.fault.replaceAll("_", " ")));
  if (line.kind === "request" || line.kind === "webhook") parts.push(h("span", { class: "path" }, shortPath(line.path ?? line.url ?? "")));
  if (line.error) parts.push(h("span", {}, line.error));
  if (line.reason) parts.push(h("span", {}, line.reason));
  if (line.source) parts.push(sourceChip(line.source));
  return parts;
}

function sourceChip(source) {
  const who = `DAG ${source.dag_id}, task ${sourceName(source)}, run ${source.run_id}`;
  const title_text = source.own ? `Sent by ${who}` : `In the conversation that was opened by ${who}`;
  const mark = [h("span", { class: "dag" }, source.dag_id), h("span", { class: "by" }, ` · ${source.task_id}`), h("span", { class: "index" }, mapIndex(source))];
  return h("span", { class: "cause", "data-own": source.own, title: title_text }, source.own ? null : "opened by ", mark);
}

const shortPath = (path) => path.replace(/\b([A-Z]{2})[0-9a-f]{28}([0-9a-f]{4})\b/g, "$1…$2").replace(/flexout_fx[0-9a-f]{28}/g, "flexout_fx…");
