// The computation graph: forward values above the arrows, backward values against them. Its elements
// are made once, by hand: a step changes classes alone.
import { graph, latexOf, layers, numberOf, say, steps, symbolOf, valueOf } from "./data.js";
import { drawing, element } from "./elements.js";
import { typeset } from "./formula.jsx";
import { beside, box, layout, parts, path } from "./layout.js";
import { brief, shapeText } from "./numbers.js";
import { symbolElement, symbolText } from "./symbol.jsx";

const WIDEST = 250;
const GAP = 6;
const ROUND = 9;
// The boxes of a large graph bear names alone: it is a map, and the step below tells the formula.
export const IS_LARGE = graph.nodes.length > 50;
const PICTURE = parts();
const NODES = new Map(graph.nodes.map((node) => [node.name, node]));

// Before a step's turn its part of the picture is faint; position 0 shows everything.
function stateOf(index, position) {
  if (index === null || position === 0 || index < position - 1) return "";
  return index === position - 1 ? "now" : "later";
}

// Draws into an element, and returns how wide its frame is, how large the picture, and what shows a
// step in it. All sizes are read at once, between making and placing, so that the browser lays out
// the page twice and no more.
export function draw(canvas) {
  const parted = [];
  const of = (index, made) => {
    if (index !== null) parted.push({ made, index, state: "" });
    return made;
  };
  const boxes = new Map(graph.nodes.map((node) => [node.name, of(node.forward, boxOf(node))]));
  const labelled = PICTURE.arrows.filter((arrow) => arrow.labelled);
  const labels = new Map(labelled.map(({ name }) => [name, labelOf(NODES.get(name), of)]));
  const group = { role: "group", "aria-label": say("graph"), class: "boxes" };
  canvas.className = `canvas ${IS_LARGE ? "map" : ""}`;
  canvas.replaceChildren(...labels.values(), element("div", group, ...boxes.values()));

  const room = canvas.closest(".scroller").clientWidth;
  shorten(boxes);
  const places = layout(PICTURE, sizes(boxes), sizes(labels));
  for (const [name, made] of boxes) place(made, places.at(box(name)));
  PICTURE.arrows.forEach((arrow, index) => {
    if (arrow.labelled) place(labels.get(arrow.name), places.lines[index]);
  });
  canvas.prepend(linesOf(places, of));
  return { room, width: places.width, height: places.height, show: shown(boxes, parted) };
}

function described(node) {
  const step = node.forward === null ? null : steps[node.forward];
  const text = step ? `${step.name} = ${step.formula}` : node.name;
  const slope = node.backward === null ? "" : `, ${steps[node.backward].name}`;
  return `${text}, ${brief(valueOf(node.name), 3)}${slope}`;
}

// In a large graph, one element less for each of hundreds of them.
const symbol = (name) => (IS_LARGE ? symbolText : symbolElement)(symbolOf(name));

function formulaElement(latex) {
  const made = element("span", { class: "formula" });
  made.innerHTML = typeset(latex, { output: "html" });
  return made;
}

function boxOf(node) {
  const shape = (steps[node.forward ?? node.backward])?.shape ?? shapeText(valueOf(node.name).shape);
  const { left, formula } = node.forward === null ? {} : latexOf(node.forward);
  const hasFormula = node.forward !== null && !IS_LARGE;
  return element(
    "button",
    {
      type: "button",
      class: `box is-${node.kind}`,
      "data-n": numberOf.get(node.name),
      "data-node": node.name,
      "aria-label": described(node),
    },
    hasFormula ? formulaElement(`${left} = ${formula}`) : symbol(node.name),
    shape !== "()" && element("small", { "aria-hidden": true }, shape),
  );
}

function labelOf(node, of) {
  const slope = node.backward === null ? null : steps[node.backward];
  const value = { class: "value", "data-n": numberOf.get(node.name) };
  const back = { class: "slope", "data-n": slope ? numberOf.get(slope.name) : undefined };
  return element(
    "div",
    { class: "label", "data-label": node.name, "aria-hidden": true },
    of(node.forward, element("span", value, brief(valueOf(node.name)))),
    of(
      node.backward,
      slope
        ? element("span", back, symbol(slope.name), ` ${brief(slope.value)}`)
        : element("span", back),
    ),
  );
}

// A formula that is too wide is left to the step.
function shorten(boxes) {
  if (IS_LARGE) return;
  const wide = [...boxes].filter(([, made]) => made.offsetWidth > WIDEST);
  for (const [name, made] of wide) {
    const { forward } = NODES.get(name);
    if (forward === null) continue;
    made.firstChild.replaceWith(formulaElement(`${latexOf(forward).left} = \\cdots`));
  }
}

const sizes = (elements) =>
  new Map(
    [...elements].map(([name, made]) => [
      name,
      { width: made.offsetWidth, height: made.offsetHeight },
    ]),
  );

function place(made, { x, y }) {
  made.style.transform = `translate(${x}px, ${y}px) translate(-50%, -50%)`;
}

function linesOf(places, of) {
  const heads = ["forward", "backward"].map((way) => {
    const shape = { id: way, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7 };
    const attributes = { ...shape, orient: "auto", markerUnits: "userSpaceOnUse" };
    const head = drawing("path", { class: `head ${way}`, d: "M0 0.5L8 4L0 7.5z" });
    return drawing("marker", attributes, head);
  });
  const lines = PICTURE.arrows.flatMap((arrow, index) => {
    const { points } = places.lines[index];
    const { forward, backward } = NODES.get(arrow.name);
    const there = { class: "forward", d: path(points) };
    const back = { class: "backward", d: path(beside(points, GAP).reverse()) };
    const end = arrow.parts ? undefined : "url(#forward)";
    const begin = arrow.labelled ? "url(#backward)" : undefined;
    return [
      of(forward, drawing("path", { ...there, "marker-end": end })),
      arrow.gradient && of(backward, drawing("path", { ...back, "marker-end": begin })),
    ];
  });
  const dots = PICTURE.dots
    .filter((dot) => dot.startsWith("dot "))
    .map((dot) => drawing("circle", { class: "dot", cx: places.at(dot).x, cy: places.at(dot).y, r: 3.5 }));
  const size = { width: places.width, height: places.height, "aria-hidden": true };
  return drawing("svg", size, drawing("defs", {}, ...heads), ...outlines(places), ...lines, ...dots);
}

// Around the values of each layer that repeats runs a line, with the number of the layer.
function outlines(places) {
  const byLayer = new Map();
  for (const { name, layer } of layers.places) {
    if (NODES.get(name)?.kind !== "value") continue;
    const { x, y, width, height } = places.at(box(name));
    const own = byLayer.get(layer) ?? [Infinity, Infinity, -Infinity, -Infinity];
    byLayer.set(layer, [
      Math.min(own[0], x - width / 2 - ROUND),
      Math.min(own[1], y - height / 2 - ROUND),
      Math.max(own[2], x + width / 2 + ROUND),
      Math.max(own[3], y + height / 2 + ROUND),
    ]);
  }
  return [...byLayer].flatMap(([layer, [left, top, right, bottom]]) => [
    drawing("rect", { class: "layer", x: left, y: top, width: right - left, height: bottom - top, rx: ROUND }),
    drawing("text", { class: "layer-number", x: (left + right) / 2, y: top - 4 }, say("layer", { layer })),
  ]);
}

// Classes of what a step changes; the box of the name that was picked is the graph's stop.
function shown(boxes, parted) {
  let at = null;
  let stop = null;
  return (position, picked) => {
    for (const part of parted) {
      const state = stateOf(part.index, position);
      if (state === part.state) continue;
      if (part.state) part.made.classList.remove(part.state);
      if (state) part.made.classList.add(state);
      part.state = state;
    }
    at?.classList.remove("at");
    at?.removeAttribute("aria-current");
    at = position > 0 ? boxes.get(steps[position - 1].variable) : undefined;
    at?.classList.add("at");
    at?.setAttribute("aria-current", "step");
    if (stop === null) for (const made of boxes.values()) made.tabIndex = -1;
    else stop.tabIndex = -1;
    stop = boxes.get(picked);
    stop.tabIndex = 0;
  };
}
