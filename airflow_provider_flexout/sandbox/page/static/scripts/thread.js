// A conversation as one of its two sides sees it: chat bubbles, or mails where the channel is email.

import { h, keyedList, setText, toggle } from "./dom.js";
import { address, body, day, iso, minute, sourceName } from "./labels.js";

const DELIVERY = { queued: "sending", sent: "sent", delivered: "delivered", read: "read", failed: "failed", undelivered: "not delivered" };

/** The messages. `side` is the role whose own messages stand on the right. */
export function thread(side) {
  const list = h("ol", { class: "thread", tabindex: "0", "aria-label": "Messages" });
  const draw = keyedList(list, (item) => item.message.sid, (item) => bubble(item, side));
  let shown = null;
  let atEnd = true;
  const toEnd = () => (list.scrollTop = list.scrollHeight);
  list.addEventListener("scroll", () => (atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40));
  // A phone's own keyboard takes half of the screen: the newest message stays in sight.
  new ResizeObserver(() => atEnd && toEnd()).observe(list);
  return {
    node: list,
    show(card) {
      const stay = atEnd || shown !== card.sid;
      toggle(list, "data-mail", card.kind === "email");
      draw(card.messages.map((message) => ({ message, card })));
      if (stay) toEnd();
      shown = card.sid;
    },
  };
}

function bubble({ message }, side) {
  const mine = message.role === side || (side === "agent" && ["pipeline", "system"].includes(message.role));
  const state = h("span", { class: "delivery" });
  const node = h(
    "li",
    { class: "bubble", "data-mine": mine, "data-role": message.role },
    message.subject && h("p", { class: "subject" }, message.subject),
    h("p", { class: "text", dir: "auto" }, body(message)),
    h(
      "p",
      { class: "small" },
      h("span", { class: "author" }, author(message)),
      h("time", { datetime: iso(message.at), title: day(message.at) }, minute(message.at)),
      state,
    ),
  );
  return {
    node,
    update({ message: now }) {
      const label = now.delivery ? DELIVERY[now.delivery] : "";
      setText(state, now.code ? `${label}, ${now.code}` : label);
      toggle(node, "data-failed", Boolean(now.code));
      setText(node.querySelector(".text"), body(now));
    },
  };
}

function author(message) {
  if (message.role === "customer") return address(message.author);
  if (message.role === "pipeline" || message.role === "system") {
    return message.source ? `${message.source.dag_id}, ${sourceName(message.source)}` : message.author;
  }
  return message.author;
}

/** Where one side writes. Enter sends, Shift+Enter begins a line. */
export function composer(id, label, send) {
  const text = h("textarea", { id, rows: "1", maxlength: "1600", placeholder: label, "aria-label": label });
  const button = h("button", { type: "submit", class: "primary" }, "Send");
  const form = h("form", { class: "composer" }, text, button);
  const grow = () => {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight + 2, 140)}px`;
  };
  text.addEventListener("input", grow);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const typed = text.value;
    if (!typed.trim() || text.disabled) return;
    text.value = "";
    grow();
    if (!(await send(typed))) {
      text.value = text.value || typed; // what could not be sent is not lost
      grow();
    }
    text.focus();
  });
  return {
    node: form,
    text,
    allow(open, label_now) {
      if (text.disabled === open) text.disabled = button.disabled = !open;
      if (text.placeholder !== label_now) text.placeholder = label_now;
    },
  };
}
