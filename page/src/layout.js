// Where nodes and arrows lie. A value that several others use has one arrow that parts at a dot, so
// that its value and the sum of what comes back stand once, before the dot.
import dagre from "@dagrejs/dagre";
import { graph, layers } from "./data.js";
import { order } from "./order.js";

export const END = "end";
const TURN = 5;
// The numbers of layers need room above.
const MARGIN = layers.places.length ? 30 : 12;
const SPACES = { nodesep: 22, edgesep: 14, ranksep: 18, marginx: MARGIN, marginy: MARGIN };

// Parts of the picture: boxes, dots, and arrows; a labelled arrow shows the value of `name`.
export function parts() {
  const users = new Map(graph.nodes.map((node) => [node.name, []]));
  for (const edge of graph.edges) users.get(edge.from).push(edge);
  const dots = [];
  const arrows = [];
  for (const node of graph.nodes) {
    const own = users.get(node.name);
    const gradient = node.backward !== null;
    const start = { name: node.name, from: box(node.name), labelled: true, gradient };
    if (own.length === 1) {
      arrows.push({ ...start, to: box(own[0].to) });
    } else if (own.length) {
      const dot = `dot ${node.name}`;
      dots.push(dot);
      arrows.push({ ...start, to: dot, parts: true });
      for (const edge of own) {
        const branch = { name: node.name, from: dot, to: box(edge.to), labelled: false };
        arrows.push({ ...branch, gradient: edge.has_gradient });
      }
    } else if (node.forward !== null) {
      dots.push(`${END} ${node.name}`);
      arrows.push({ ...start, to: `${END} ${node.name}` });
    }
  }
  return { dots, arrows };
}

export const box = (name) => `box ${name}`;

// Arguments stand above and below the values that use them, in turn, so that the values themselves
// keep to one line.
const SIDES = sides();

function sides() {
  const isArgument = new Set();
  for (const node of graph.nodes) if (node.kind === "argument") isArgument.add(node.name);
  const found = new Map();
  let turn = 1;
  for (const edge of graph.edges) {
    if (!isArgument.has(edge.from) || found.has(edge.from)) continue;
    found.set(edge.from, turn);
    turn = -turn;
  }
  return found;
}

// Positions for boxes and labels of the sizes given.
export function layout({ dots, arrows }, boxSizes, labelSizes) {
  const g = new dagre.graphlib.Graph({ multigraph: true });
  g.setGraph({ rankdir: "LR", ranker: "longest-path", ...SPACES });
  for (const [name, size] of boxSizes) g.setNode(box(name), { ...size });
  for (const dot of dots) g.setNode(dot, { width: 8, height: 8 });
  arrows.forEach((arrow, index) => {
    const size = arrow.labelled ? labelSizes.get(arrow.name) : { width: 14, height: 10 };
    g.setEdge(arrow.from, arrow.to, { ...size, labelpos: "c" }, String(index));
  });
  const owner = new Map(arrows.map((arrow) => [arrow.from, arrow.name]));
  dagre.layout(g, {
    customOrder: (inner) =>
      order(inner, (v) => SIDES.get(owner.get(inner.node(v).edgeObj?.v ?? v)) ?? 0),
  });
  return {
    width: g.graph().width,
    height: g.graph().height,
    at: (id) => g.node(id),
    lines: arrows.map((arrow, index) => {
      const edge = g.edge({ v: arrow.from, w: arrow.to, name: String(index) });
      return { x: edge.x, y: edge.y, points: levelled(edge, arrow.labelled) };
    }),
  };
}

// An arrow runs level beneath its label: the ends of that part are given twice, so that no corner is
// rounded within it, but a little further out.
function levelled({ points, x, y, width }, isLabelled) {
  if (!isLabelled) return points;
  const half = width / 2;
  const left = points.filter((p) => p.x < x - half - TURN);
  const right = points.filter((p) => p.x > x + half + TURN);
  const [from, to] = [{ x: x - half, y }, { x: x + half, y }];
  const turns = [{ x: x - half - TURN, y }, { x: x + half + TURN, y }];
  return [...left, turns[0], from, from, to, to, turns[1], ...right];
}

// The same line beside itself: what comes back runs below what goes forward.
export function beside(points, distance) {
  return points.map((point, index) => {
    const a = points[Math.max(0, index - 1)];
    const b = points[Math.min(points.length - 1, index + 1)];
    const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
    return {
      x: point.x - ((b.y - a.y) / length) * distance,
      y: point.y + ((b.x - a.x) / length) * distance,
    };
  });
}

// Corners are rounded by a curve from the middle of one side to the middle of the next.
export function path(points) {
  const at = ({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const middle = (a, b) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  let d = `M${at(points[0])}`;
  for (let k = 1; k < points.length - 1; k += 1) {
    const [a, b, c] = points.slice(k - 1, k + 2);
    d += `L${at(middle(a, b))}Q${at(b)} ${at(middle(b, c))}`;
  }
  return `${d}L${at(points.at(-1))}`;
}
