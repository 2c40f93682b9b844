// Symbols: letters with an index, words, `∂C/∂w`. They need no typesetter, of which hundreds of them
// would take too long.
import { element } from "./elements.js";

const GREEK = new Map(
  Object.entries({
    ...{ alpha: "α", beta: "β", gamma: "γ", delta: "δ", epsilon: "ϵ", varepsilon: "ε", zeta: "ζ" },
    ...{ eta: "η", theta: "θ", vartheta: "ϑ", iota: "ι", kappa: "κ", lambda: "λ", mu: "μ", nu: "ν" },
    ...{ xi: "ξ", pi: "π", varpi: "ϖ", rho: "ρ", varrho: "ϱ", sigma: "σ", varsigma: "ς", tau: "τ" },
    ...{ upsilon: "υ", phi: "ϕ", varphi: "φ", chi: "χ", psi: "ψ", omega: "ω", Gamma: "Γ" },
    ...{ Delta: "Δ", Theta: "Θ", Lambda: "Λ", Xi: "Ξ", Pi: "Π", Sigma: "Σ", Upsilon: "Υ" },
    ...{ Phi: "Φ", Psi: "Ψ", Omega: "Ω" },
  }),
);
const PART = /(\\(?:mathrm|text)\{((?:[^{}\\]|\\.)*)\}|\\([A-Za-z]+)|([A-Za-z]))|_\{(\w+)\}/y;
const FRACTION = /^\\frac\{\\partial (.*)\}\{\\partial (.*)\}$/;

// Pieces of text with the element that each stands in; of what isn't understood, the source.
export function spelled(latex) {
  const fraction = FRACTION.exec(latex);
  if (fraction) {
    const [above, below] = fraction.slice(1).map(spelled);
    return [["span", "∂"], ...above, ["span", "/∂"], ...below];
  }
  const pieces = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < latex.length) {
    const match = PART.exec(latex);
    if (!match) return [["span", latex]];
    const [, , word, greek, letter, index] = match;
    if (greek && !GREEK.has(greek)) return [["span", latex]];
    if (index) pieces.push(["sub", index]);
    else if (word !== undefined) pieces.push(["span", word.replace(/\\(.)/g, "$1")]);
    else pieces.push(["i", greek ? GREEK.get(greek) : letter]);
  }
  return pieces;
}

export const Symbol = ({ latex }) => (
  <span class="symbol">
    {spelled(latex).map(([Tag, text]) => (
      <Tag>{text}</Tag>
    ))}
  </span>
);

export const symbolElement = (latex) =>
  element(
    "span",
    { class: "symbol" },
    ...spelled(latex).map(([tag, text]) => (tag === "span" ? text : element(tag, {}, text))),
  );

const SMALL = "₀₁₂₃₄₅₆₇₈₉";
const lowered = (index) =>
  /^\d+$/.test(index) ? index.replace(/\d/g, (digit) => SMALL[digit]) : `_${index}`;

export const symbolText = (latex) =>
  spelled(latex)
    .map(([tag, text]) => (tag === "sub" ? lowered(text) : text))
    .join("");
