// Making and keeping elements. Text stays text: strings are appended as text nodes, and never parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Make an element: h("p", { class: "note" }, "text"). */
export const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);

export const svg = (tag, props, ...children) => fill(document.createElementNS(SVG, tag), props, children);

/** Set a text only where it differs, so that a screen reader is not told the same twice. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function toggle(node, attribute, on) {
  if (node.hasAttribute(attribute) !== on) node.toggleAttribute(attribute, on);
}

/** A list that keeps the element of an item that stays: focus, scrolling and half-typed text survive. */
export function keyedList(parent, keyOf, make) {
  const rows = new Map();
  return (items) => {
    const wanted = new Set(items.map(keyOf));
    for (const [key, row] of rows) {
      if (!wanted.has(key)) {
        row.node.remove();
        rows.delete(key);
      }
    }
    let next = parent.firstChild;
    for (const item of items) {
      const key = keyOf(item);
      let row = rows.get(key);
      if (!row) {
        row = make(item);
        rows.set(key, row);
      }
      if (row.item !== item) {
        row.item = item;
        row.update?.(item);
      }
      if (row.node === next) next = next.nextSibling;
      else parent.insertBefore(row.node, next);
    }
  };
}

/** Keep one stop for the Tab key in a list; the arrow keys move from there (a roving tabindex). */
export function rove(list, selector) {
  const stops = () => [...list.querySelectorAll(selector)];
  const keepOneStop = (chosen) => stops().forEach((each) => (each.tabIndex = each === chosen ? 0 : -1));
  list.addEventListener("focusin", (event) => {
    const stop = event.target.closest(selector);
    if (stop) keepOneStop(stop);
  });
  list.addEventListener("keydown", (event) => {
    const all = stops();
    const at = all.indexOf(document.activeElement);
    const steps = { ArrowDown: 1, ArrowRight: 1, j: 1, ArrowUp: -1, ArrowLeft: -1, k: -1 };
    const to = { Home: 0, End: all.length - 1 }[event.key] ?? at + (steps[event.key] ?? 0);
    if (at < 0 || to === at || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    all[Math.max(0, Math.min(to, all.length - 1))].focus();
  });
  return () => {
    const all = stops();
    if (all.length && !all.some((each) => each.tabIndex === 0)) all[0].tabIndex = 0;
  };
}
