// The stream of events. The browser reconnects by itself, and names the last event that it has received.

import { changed, receive, state } from "./state.js";

export function connect() {
  const source = new EventSource("/sandbox/events");
  for (const name of ["state", "update"]) {
    source.addEventListener(name, (event) => receive(name, JSON.parse(event.data)));
  }
  source.addEventListener("open", () => {
    state.live = "live";
    changed();
  });
  source.addEventListener("error", () => {
    state.live = "lost";
    changed();
    // A browser does not reconnect after a response that is not a stream, such as another program's.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
  });
}
