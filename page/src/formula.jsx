// Formulas, in which every name of a value is marked with its number.
import katex from "katex";
import { useMemo } from "preact/hooks";
import { names, numberOf, symbols } from "./data.js";

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

// A name stands alone: `z` is not in `dz`, `z_{1}` or `\zeta`; `e^` is the exponential function.
const BY_SYMBOL = new Map(names.map((name) => [symbols[name], numberOf.get(name)]));
const ALTERNATIVES = [...BY_SYMBOL.keys()]
  .sort((a, b) => b.length - a.length)
  .map((symbol) => escaped(symbol) + (symbol === "e" ? "(?!\\^)" : ""));
const NAME = new RegExp(`(?<![A-Za-z\\\\])(?:${ALTERNATIVES.join("|")})(?![A-Za-z_])`, "g");

// KaTeX carries a colour to every glyph of a part, so colours carry the numbers of names.
function marked(latex) {
  return latex.replace(NAME, (symbol) => {
    const colour = (BY_SYMBOL.get(symbol) + 1).toString(16).padStart(6, "0");
    return `\\textcolor{#${colour}}{${symbol}}`;
  });
}

const COLOUR = /style="([^"]*?)color:#([0-9a-f]{6});?([^"]*)"/g;

export function typeset(latex, options = {}) {
  const settings = { trust: false, throwOnError: false, maxExpand: 1000, ...options };
  return katex
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

// A symbol: most are letters with an index, which need no typesetter.
const PLAIN = /^(d?)(?:([A-Za-z]+)|\\mathrm\{([A-Za-z]+)\})(?:_\{(\w+)\})?$/;
export function Symbol({ latex }) {
  const match = PLAIN.exec(latex);
  if (!match) return <Formula latex={latex} output="html" />;
  const [, d, letters, word, index] = match;
  return (
    <span class="symbol">
      {(d || letters) && <i>{d + (letters ?? "")}</i>}
      {word}
      {index && <sub>{index}</sub>}
    </span>
  );
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
