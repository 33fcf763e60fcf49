// Finding conversations: by a text that was typed, and by the SID in the address of a link.

import { read } from "./api.js";
import { h } from "./dom.js";
import { notify } from "./notifications.js";
import { goTo } from "./sections.js";
import { add, changed, select, state } from "./state.js";

const find = (text) => read(`cards?search=${encodeURIComponent(text)}`).then((found) => found?.cards ?? []);

/** The field above the list of customers. */
export function searchField() {
  const field = h("input", { id: "search", type: "search", placeholder: "Find a name or address", "aria-label": "Find a customer" });
  let typed = 0;
  field.addEventListener("input", async () => {
    const mine = ++typed;
    const text = field.value.trim();
    const cards = text ? await find(text) : [];
    if (mine !== typed) return; // the answer to an older text
    state.search = text;
    state.found = new Set(cards.map((card) => card.sid));
    add(cards);
    changed();
  });
  return field;
}

/** Show what the page's address names: ?conversation=CH… or ?task=WT…, as Airflow's links do. */
export function linked() {
  const query = new URLSearchParams(location.search);
  const [kind] = ["conversation", "task"].filter((each) => query.get(each));
  let asked = !kind;
  return async () => {
    if (asked || !state.now) return; // what the stream begins with replaces all cards
    asked = true;
    const sid = query.get(kind);
    const [card] = await find(sid);
    if (!card) {
      notify(`There is no ${kind} ${sid} in this sandbox.`, "bad");
      return;
    }
    add([card]);
    const task = card.tasks.find((each) => each.sid === sid);
    if (task) {
      state.agent = task.worker ?? state.agents.find((each) => each.sid === task.for_worker)?.name ?? state.agent;
      state.task = task.sid;
    }
    select(card.sid);
    goTo(task ? "desk" : "customers");
    if (!task) document.getElementById("customers").dataset.open = "";
  };
}
