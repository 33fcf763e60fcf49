// The state of the page. Every change is drawn once, in the next frame.

export const state = {
  live: "connecting",
  cards: new Map(), // conversations by SID
  lines: [], // the timeline, oldest first
  agents: [],
  queues: [],
  faults: [],
  summary: [],
  conversations: 0,
  task_list_lag: 0,
  clock: { frozen: false, speed: 1 },
  now: 0, // the sandbox's time, and when it was received
  receivedAt: 0,
  selected: null, // the conversation that is shown
  search: "", // what was typed to find conversations, and which were found
  found: new Set(),
  agent: null, // whose desk it is
  task: null, // the task that is shown
};

const MAX_LINES = 800;
const views = [];
let due = false;

export function onChange(draw) {
  views.push(draw);
}

export function changed() {
  if (due) return;
  due = true;
  // A page in the background gets no frames, but its title and its lists are to stay right.
  if (document.hidden) setTimeout(draw, 200);
  else requestAnimationFrame(draw);
}

function draw() {
  due = false;
  for (const view of views) view(state);
}

export function receive(name, update) {
  const { now, lines, cards, gone = [], ...rest } = update;
  if (name === "state") {
    state.cards = new Map();
    state.lines = [];
  }
  Object.assign(state, rest, { now, receivedAt: performance.now(), live: "live" });
  for (const card of cards) state.cards.set(card.sid, card);
  for (const sid of gone) state.cards.delete(sid);
  state.lines = [...state.lines, ...lines].slice(-MAX_LINES);
  state.agent ??= state.agents[0]?.name ?? null;
  if (state.selected && !state.cards.has(state.selected)) state.selected = null;
  changed();
}

/** The sandbox's time at this moment, in seconds. */
export function clockTime() {
  const speed = state.clock.frozen ? 0 : state.clock.speed;
  return state.now + ((performance.now() - state.receivedAt) / 1000) * speed;
}

/** Conversations, newest first. */
export function newestFirst() {
  return [...state.cards.values()].sort((one, other) => other.n - one.n);
}

/** Add conversations that the stream did not bring, since they are older than those that it begins with. */
export function add(cards) {
  for (const card of cards) if (!state.cards.has(card.sid)) state.cards.set(card.sid, card);
  changed();
}

/** All tasks with the conversation that each belongs to, newest first. */
export function tasks() {
  return newestFirst().flatMap((card) => card.tasks.map((task) => ({ task, card })));
}

/** Show a conversation. It is drawn at once, since the next key that is pressed is meant for it. */
export function select(sid) {
  state.selected = sid;
  draw();
}
