// Formulas, in which every name of a value is marked with its number.
import { useMemo } from "preact/hooks";
import { names, numberOf, symbolOf } from "./data.js";

// KaTeX stands in the page as text and becomes a program with the first formula, so that a page that
// begins without one is drawn sooner.
function typesetter() {
  if (!globalThis.katex) {
    performance.mark("typesetter");
    const script = document.createElement("script");
    script.textContent = document.getElementById("typesetter").textContent;
    document.head.append(script);
  }
  return globalThis.katex;
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

// A name stands alone: `z` is not in `dz`, `z_{1}` or `\zeta`; `e^` is the exponential function.
function marks() {
  const bySymbol = new Map(names.map((name) => [symbolOf(name), numberOf.get(name)]));
  const alternatives = [...bySymbol.keys()]
    .sort((a, b) => b.length - a.length)
    .map((symbol) => escaped(symbol) + (symbol === "e" ? "(?!\\^)" : ""));
  const name = new RegExp(`(?<![A-Za-z\\\\])(?:${alternatives.join("|")})(?![A-Za-z_])`, "g");
  return { bySymbol, name };
}

let made = null;
export const forgetMarks = () => {
  made = null;
};

// KaTeX carries a colour to every glyph of a part, so colours carry the numbers of names.
function marked(latex) {
  made ??= marks();
  return latex.replace(made.name, (symbol) => {
    const colour = (made.bySymbol.get(symbol) + 1).toString(16).padStart(6, "0");
    return `\\textcolor{#${colour}}{${symbol}}`;
  });
}

const COLOUR = /style="([^"]*?)color:#([0-9a-f]{6});?([^"]*)"/g;

export function typeset(latex, options = {}) {
  const settings = { trust: false, throwOnError: false, maxExpand: 1000, ...options };
  return typesetter()
    .renderToString(marked(latex), settings)
    .replace(COLOUR, (_, before, colour, after) => {
      const style = before + after;
      const mark = `data-n="${parseInt(colour, 16) - 1}"`;
      return style ? `style="${style}" ${mark}` : mark;
    })
    .replace(/ mathcolor="#[0-9a-f]{6}"/g, "");
}

export function Formula({ latex, display = false, output = "htmlAndMathml" }) {
  const html = useMemo(() => typeset(latex, { output, displayMode: display }), [latex]);
  return <span class="formula" dangerouslySetInnerHTML={{ __html: html }} />;
}

// NumPy source, as text.
const WORD = /(?<![\p{L}\p{N}_.])([\p{L}_][\p{L}\p{N}_]*)(?!\s*=[^=])/u;
export function Code({ text }) {
  const parts = text.split(WORD).map((part) => {
    const n = numberOf.get(part);
    return n === undefined ? part : <span data-n={n}>{part}</span>;
  });
  return <code>{parts}</code>;
}

export function namesIn(text) {
  return [...new Set(text.split(WORD).filter((part) => numberOf.has(part)))];
}
