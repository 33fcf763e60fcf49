// The sandbox's controls.

import { notify } from "./notifications.js";

async function send(method, path, body) {
  let response;
  try {
    response = await fetch(`/sandbox/${path}`, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body && JSON.stringify(body),
    });
  } catch {
    notify("The sandbox does not answer. Is it still running?", "bad");
    return null;
  }
  const result = await response.json().catch(() => ({ message: `The sandbox answered ${response.status}.` }));
  if (!response.ok) {
    notify(result.message, "bad");
    return null;
  }
  return result;
}

export const read = (path) => send("GET", path);
export const post = (path, body) => send("POST", path, body);
export const remove = (path) => send("DELETE", path);

export const customerSays = (address, conversation, text) =>
  post("customers", { address, says: { text, in_conversation: conversation } });

export const customerReads = (address, conversation) =>
  post("customers", { address, reads: { in_conversation: conversation } });

export const agentDoes = (task, does, text = "") => post("desk", { task, does, text });

/** Who accepts tasks has to be available; TaskRouter sets an agent offline whose reservation timed out. */
export const setOfferResponse = (worker, how) =>
  post("agents", { worker, [how]: true, ...(how === "away" ? {} : { goes: "Available" }) });
