// The derivation and the words that Python put into the page.

const read = (id) => JSON.parse(document.getElementById(id).textContent);

export const derivation = read("derivation");
const words = read("words");

// A sentence of the page, with what stands in braces filled in.
export function say(key, values = {}) {
  return words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export const { steps, graph, layers } = derivation;

// The notation and the names of derivatives that are shown; the page is drawn anew for another.
let view = derivation.views[0];
export const chooseView = (chosen) => {
  view = chosen;
};
export const symbolOf = (name) => view.symbols[name] ?? derivation.symbols[name];
export const latexOf = (index) => view.steps[index] ?? steps[index].latex;
export const layerLatexOf = (index) => view.layers[index];

// Names by number: elements of the page say with a number whose value they show.
export const names = Object.keys(derivation.symbols);
export const numberOf = new Map(names.map((name, number) => [name, number]));

// Where a name's value is computed: the index of a step, none for an argument.
const stepOf = new Map();
steps.forEach((step, index) => {
  if (step.phase !== "update") stepOf.set(step.name, index);
});
export const stepIndex = (name) => stepOf.get(name);

// Whose node shows a name: the value's own, or that of the variable of a derivative.
const drawn = new Set(graph.nodes.map((node) => node.name));
export function nodeOf(name) {
  if (drawn.has(name)) return name;
  const step = steps[stepOf.get(name)];
  return step && drawn.has(step.variable) ? step.variable : undefined;
}

const given = new Map(derivation.names.map(({ name, value }) => [name, value]));
export function valueOf(name) {
  const index = stepOf.get(name);
  return index === undefined ? given.get(name) : steps[index].value;
}
