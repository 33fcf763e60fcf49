// The stream of what happens. The browser reconnects by itself and says what it has seen last.

import { changed, state, take } from "./state.js";

export function follow() {
  const source = new EventSource("/sandbox/events");
  for (const name of ["state", "update"]) {
    source.addEventListener(name, (event) => take(name, JSON.parse(event.data)));
  }
  source.addEventListener("open", () => {
    state.live = "live";
    changed();
  });
  source.addEventListener("error", () => {
    state.live = "lost";
    changed();
    // A browser gives up on an answer that is no stream, such as another program's on this port.
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 3000);
  });
}
