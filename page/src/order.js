// The order of a graph's vertices within their ranks: sweeps to and fro in which each vertex goes to
// the mean place of its neighbours in the rank before, the order with the fewest crossings being kept
// (Sugiyama, Tagawa and Toda, 1981). A vertex with a side of its own, above or below, stays there
// unless somewhere many others run beside each other.

const SWEEPS = 6;
const MANY = 3;

export function order(g, sideOf) {
  const vertices = g.nodes().map((id, index) => ({ id, index, data: g.node(id), next: [], last: [] }));
  const byId = new Map(vertices.map((vertex) => [vertex.id, vertex]));
  for (const { v, w } of g.edges()) {
    byId.get(v).next.push(byId.get(w));
    byId.get(w).last.push(byId.get(v));
  }
  const ranks = [];
  for (const vertex of begun(vertices)) {
    vertex.side = sideOf(vertex.id);
    (ranks[vertex.data.rank] ??= []).push(vertex);
  }
  const columns = ranks.filter(Boolean);
  if (columns.some((column) => column.filter((vertex) => !vertex.side).length > MANY)) {
    for (const vertex of vertices) vertex.side = 0;
  }
  for (const column of columns) settle(column, (v, w) => v.side - w.side);
  let best = remembered(columns);
  for (let sweep = 0; sweep < SWEEPS && best.crossings > 0; sweep += 1) {
    const isForth = sweep % 2 === 0;
    for (const column of isForth ? columns : columns.toReversed()) {
      for (const vertex of column) vertex.mean = mean(isForth ? vertex.last : vertex.next, vertex);
      settle(column, (v, w) => v.side - w.side || v.mean - w.mean || v.place - w.place);
    }
    const found = remembered(columns);
    if (found.crossings < best.crossings) best = found;
  }
  for (const column of best.columns) {
    column.forEach((vertex, place) => {
      vertex.data.order = place;
    });
  }
}

// Depth first from the first ranks on, so that what belongs together begins together.
function begun(vertices) {
  const found = new Set();
  const waiting = vertices.toSorted((v, w) => w.data.rank - v.data.rank || w.index - v.index);
  while (waiting.length) {
    const vertex = waiting.pop();
    if (found.has(vertex)) continue;
    found.add(vertex);
    waiting.push(...vertex.next.toReversed());
  }
  return found;
}

function settle(column, compare) {
  column.sort(compare);
  column.forEach((vertex, place) => {
    vertex.place = place;
  });
}

function mean(neighbours, vertex) {
  if (!neighbours.length) return vertex.place;
  return neighbours.reduce((sum, neighbour) => sum + neighbour.place, 0) / neighbours.length;
}

function remembered(columns) {
  let crossings = 0;
  for (const column of columns) {
    const ends = column.flatMap((vertex) =>
      vertex.next.map((neighbour) => neighbour.place).sort((a, b) => a - b),
    );
    for (let k = 0; k < ends.length; k += 1) {
      for (let j = 0; j < k; j += 1) if (ends[j] > ends[k]) crossings += 1;
    }
  }
  return { crossings, columns: columns.map((column) => [...column]) };
}
