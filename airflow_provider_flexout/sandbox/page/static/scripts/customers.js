// The left column: the customers, and the phone (or the mailbox) of the selected one.

import { customerReads, customerSays } from "./api.js";
import { h, keyedList, rove, setText, toggle } from "./dom.js";
import { announce } from "./notifications.js";
import { searchField } from "./search.js";
import { newestFirst, select, state } from "./state.js";
import { composer, thread } from "./thread.js";
import { address, agentOf, body, channelName, initials, minute, nameOf, plural, sourceName } from "./labels.js";

const seen = new Map(); // how many messages of a conversation were looked at

export function customers(column) {
  const count = h("p", { class: "note" });
  const list = h("ul", { class: "people", "aria-label": "Customers" });
  const empty = h(
    "div",
    { class: "empty" },
    h("p", { class: "lead" }, "No customers yet"),
    h("p", {}, "A phone or a mailbox appears here as soon as a DAG opens a conversation."),
  );
  const search = searchField();
  const nobody = h("p", { class: "note", hidden: true }, "No conversation has this.");
  const device = phone();
  column.append(
    h("header", { class: "head" }, h("h2", { id: "customers-title" }, "Customers"), count),
    search,
    nobody,
    empty,
    list,
    device.node,
  );
  const keepOneStop = rove(list, ".person");
  const draw = keyedList(list, (card) => card.sid, customerRow);
  return () => {
    const all = newestFirst();
    const cards = state.search ? all.filter((card) => state.found.has(card.sid)) : all;
    const more = state.conversations > cards.length;
    nobody.hidden = !state.search || cards.length > 0;
    setText(count, state.search ? `${cards.length} found` : cards.length ? (more ? `newest ${cards.length} of ${state.conversations.toLocaleString()}` : plural(cards.length, "conversation")) : "");
    empty.hidden = all.length > 0;
    search.hidden = !all.length;
    list.hidden = !cards.length;
    if (!state.selected && cards.length) state.selected = (cards.find((card) => card.state !== "closed") ?? cards[0]).sid;
    draw(cards);
    for (const node of list.children) {
      const button = node.firstChild;
      const current = button.dataset.sid === state.selected;
      if (button.getAttribute("aria-current") !== String(current)) button.setAttribute("aria-current", current);
      const card = state.cards.get(button.dataset.sid);
      if (current) seen.set(card.sid, card.said);
      toggle(button, "data-unseen", card.said > (seen.get(card.sid) ?? 0));
    }
    keepOneStop();
    device.show(state.cards.get(state.selected));
  };
}

function customerRow(first) {
  const face = h("span", { class: "face", "aria-hidden": "true" });
  const name = h("span", { class: "name" });
  const last = h("span", { class: "last", dir: "auto" });
  const when = h("span", { class: "when" });
  const kind = h("span", { class: "kind" });
  const button = h(
    "button",
    {
      type: "button",
      class: "person",
      "data-sid": first.sid,
      tabindex: "-1",
      onclick: () => {
        select(first.sid);
        column().dataset.open = "";
        document.getElementById("customer-text").focus();
      },
    },
    face,
    h("span", { class: "who" }, name, last),
    h("span", { class: "meta" }, when, kind),
  );
  return {
    node: h("li", {}, button),
    update(card) {
      const shown = nameOf(card);
      setText(face, initials(shown));
      face.dataset.kind = card.kind ?? "";
      setText(name, shown);
      const message = card.messages.at(-1);
      setText(last, message ? body(message) : "Nothing said yet");
      setText(when, minute(message?.at ?? card.created));
      const what = card.state === "active" ? channelName(card.kind) : card.state;
      setText(kind, agentOf(card) === "no agent" ? `${what} · no agent` : what);
      button.dataset.state = card.state;
    },
  };
}

const column = () => document.getElementById("customers");

function phone() {
  let card = null;
  const name = h("h3", {});
  const where = h("p", { class: "note" });
  const source = h("p", { class: "source" });
  const history = h("p", { class: "history", title: "In a terminal: every outreach to this customer, on all channels" });
  const reads = h("button", { type: "button", class: "quiet", onclick: () => customerReads(customer(), card.sid) }, "Read");
  const back = h("button", { type: "button", class: "quiet back", onclick: () => delete column().dataset.open }, "‹ All customers");
  const messages = thread("customer");
  const write = composer("customer-text", "Write as the customer", (text) => customerSays(customer(), card.sid, text));
  const customer = () => card.customers[0]?.who;
  const node = h(
    "article",
    { class: "phone", "aria-label": "The customer's phone", hidden: true },
    h("header", {}, back, h("div", { class: "grow" }, name, where), reads),
    source,
    history,
    messages.node,
    write.node,
  );
  let announced = 0;
  return {
    node,
    show(now) {
      node.hidden = !now;
      if (!now) return;
      if (card?.sid === now.sid && now.said > announced) announceNew(now);
      announced = now.said;
      card = now;
      const who = now.customers[0];
      node.dataset.kind = now.kind ?? "";
      setText(name, nameOf(now));
      setText(where, [channelName(now.kind), who && address(who.who) !== nameOf(now) ? address(who.who) : null, now.state, agentOf(now)].filter(Boolean).join(" · "));
      setText(source, now.source ? `${now.source.dag_id} · ${sourceName(now.source)} · ${now.source.run_id}` : "");
      source.title = source.textContent;
      source.hidden = !now.source;
      setText(history, who ? historyCommand(who.who, now.kind) : "");
      history.hidden = !who;
      reads.hidden = !now.messages.some((each) => each.delivery === "delivered" && now.kind !== "sms") || now.state === "closed";
      messages.show(now);
      const open = now.state !== "closed" && Boolean(who);
      write.allow(open, open ? `Write as ${nameOf(now)}` : who ? "This conversation is closed" : "No customer is in it yet");
    },
  };
}

function historyCommand(who, kind) {
  const channel = ["chat", "web"].includes(kind) ? ` --channel ${kind}` : "";
  return `flexout history '${who.replaceAll("'", "'\\''")}'${channel}`;
}

function announceNew(card) {
  const message = card.messages.at(-1);
  if (message && message.role !== "customer") announce(`${message.author} wrote to ${nameOf(card)}: ${body(message)}`);
}
