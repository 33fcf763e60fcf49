// The entry: each part is put into its section, then the stream of events is read.

import { chaos } from "./chaos.js";
import { clock } from "./clock.js";
import { desk } from "./desk.js";
import { h, setText } from "./dom.js";
import { connect } from "./stream.js";
import { shortcuts } from "./shortcuts.js";
import { customers } from "./customers.js";
import { linked } from "./search.js";
import { sections } from "./sections.js";
import { onChange, state } from "./state.js";
import { summary } from "./summary.js";
import { timeline } from "./timeline.js";

const at = (id) => document.getElementById(id);

const panel = h("section", { id: "chaos", class: "chaos", "aria-labelledby": "chaos-title", tabindex: "-1", hidden: true });
const counts = h("section", { class: "summary", "aria-label": "By hour" });
at("timeline").append(h("header", { class: "head" }, h("h2", { id: "timeline-title" }, "Timeline")), panel, counts);

const chaosButton = at("chaos-button");
function showChaos(show) {
  panel.hidden = !show;
  chaosButton.setAttribute("aria-expanded", show);
  if (show) {
    document.body.dataset.section = "timeline";
    at("chaos-kind").focus();
  } else chaosButton.focus();
}
chaosButton.addEventListener("click", () => showChaos(panel.hidden));
panel.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target === panel) showChaos(false);
});

onChange(clock(at("clock")));
onChange(customers(at("customers")));
onChange(summary(counts));
onChange(timeline(at("timeline")));
onChange(desk(at("desk")));
onChange(linked());
onChange(chaos(panel, chaosButton, at("chaos-count")));
onChange(() => {
  at("live").dataset.live = state.live;
  setText(at("live"), { connecting: "connecting", live: "stand-in for Twilio Flex", lost: "not connected, trying again" }[state.live]);
});
sections(at("sections"));
shortcuts();
connect();
