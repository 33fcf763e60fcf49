// Labels and formats.

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const SHORT = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });

const date = (at) => new Date(at * 1000);

export const time = (at) => TIME.format(date(at));
export const minute = (at) => SHORT.format(date(at));
export const day = (at) => DAY.format(date(at));
export const iso = (at) => date(at).toISOString();

export const CHANNELS = {
  sms: "SMS",
  whatsapp: "WhatsApp",
  email: "Email",
  chat: "Chat",
  web: "Web chat",
  messenger: "Messenger",
};

export const channelName = (kind) => CHANNELS[kind] ?? "No channel yet";

/** An address as people know it, without the channel's prefix. */
export const address = (who) => who.replace(/^(whatsapp|messenger):/, "");

export function nameOf(card) {
  return card.customer_name ?? (card.customers[0] ? address(card.customers[0].who) : (card.name ?? "No customer yet"));
}

/** Who is there for the customer; nobody where a conversation was opened without an agent and has no reply yet. */
export function agentOf(card) {
  if (card.state === "closed") return null;
  const task = card.tasks.find((each) => ["assigned", "wrapping"].includes(each.status));
  if (task) return `with ${task.worker}`;
  return card.tasks.some((each) => ["pending", "reserved"].includes(each.status)) ? "waiting for an agent" : "no agent";
}

export function initials(name) {
  const parts = name.split(/\s+/).filter((part) => /^\p{L}/u.test(part));
  if (!parts.length) return name.replace(/\D/g, "").slice(-2) || "?";
  return (parts[0][0] + (parts.length > 1 ? parts.at(-1)[0] : "")).toUpperCase();
}

export const shortSid = (sid) => `${sid.slice(0, 2)}…${sid.slice(-4)}`;

export function sourceName(source) {
  return source.task_id + mapIndex(source);
}

export function mapIndex(source) {
  return Number.isInteger(source.map_index) && source.map_index >= 0 ? ` [${source.map_index}]` : "";
}

export function plural(count, one, many = `${one}s`) {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}

export function body(message) {
  if (message.body) return message.body;
  if (message.content_sid) return `Template ${message.content_sid}`;
  return message.media_sid ? `File ${message.media_sid}` : "";
}
