// The sandbox's controls.

import { notice } from "./notices.js";

async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(`/sandbox/${path}`, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body && JSON.stringify(body),
    });
  } catch {
    notice("The sandbox does not answer. Is it still running?", "bad");
    return null;
  }
  const said = await answer.json().catch(() => ({ message: `The sandbox answered ${answer.status}.` }));
  if (!answer.ok) {
    notice(said.message, "bad");
    return null;
  }
  return said;
}

export const read = (path) => call("GET", path);
export const tell = (path, body) => call("POST", path, body);
export const take_away = (path) => call("DELETE", path);

export const customerSays = (address, conversation, text) =>
  tell("customers", { address, says: { text, in_conversation: conversation } });

export const customerReads = (address, conversation) =>
  tell("customers", { address, reads: { in_conversation: conversation } });

export const agentDoes = (task, does, text = "") => tell("desk", { task, does, text });

/** Whoever is to take tasks has to be available; TaskRouter takes an agent who let one ring for offline. */
export const agentAnswers = (worker, how) =>
  tell("agents", { worker, [how]: true, ...(how === "away" ? {} : { goes: "Available" }) });
