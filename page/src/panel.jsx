// One step: its formula, how it was found, its number, and the numbers that it is made of.
import { derivation, latexOf, numberOf, say, stepIndex, steps, symbolOf, valueOf } from "./data.js";
import { Code, Formula, namesIn } from "./formula.jsx";
import { brief, count, number, shapeText } from "./numbers.js";
import { Symbol } from "./symbol.jsx";

const MOST_ROWS = 8;

// The chain rule's line, what it comes to, and for a parameter that in full, one below another.
function equations(index) {
  const { left, chain, formula, full } = latexOf(index);
  const sign = steps[index].sign === ":=" ? "\\mathrel{:=}" : "=";
  const [first, ...others] = new Set([chain, formula, full].filter(Boolean));
  const rows = [`${left} &${sign} ${first}`, ...others.map((line) => `&= ${line}`)];
  return `\\begin{aligned} ${rows.join(" \\\\ ")} \\end{aligned}`;
}

function Lines({ step }) {
  const [first, ...rest] = step.because;
  if (!first) return null;
  const rewritten = rest.filter((line) => line.after !== first.after);
  return (
    <ol class="because">
      {[first, ...rewritten].map((line) => (
        <li>
          <span class="rule">{line.rule}</span>
          <span class="line">
            <Code text={`${step.name} = ${line.after}`} />
            {line.fact && <span class="fact">{say("fact", { fact: line.fact })}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}

// A table of a number, a vector's entries in a row, or the first matrix of an array.
function Value({ value, symbolic }) {
  const { dtype, shape, block, entries } = value;
  if (shape.length === 0) return <p class="number">{number(entries[0], dtype)}</p>;
  const columns = Math.min(block.at(-1) ?? 1, MOST_ROWS);
  const rows = Math.min(block.at(-2) ?? 1, MOST_ROWS);
  const width = block.at(-1) ?? 1;
  const hasMore = { columns: (shape.at(-1) ?? 1) > columns, rows: (shape.at(-2) ?? 1) > rows };
  const isWhole = !hasMore.columns && !hasMore.rows && shape.length <= 2;
  const range = (k) => [...Array(k).keys()];
  return (
    <div class="numbers">
      <p class="shape">
        {say("shape")} <b>{symbolic}</b> = {shapeText(shape)}
      </p>
      <table>
        <tbody>
          {range(rows).map((row) => (
            <tr>
              {range(columns).map((column) => (
                <td>{number(entries[row * width + column], dtype)}</td>
              ))}
              {hasMore.columns && <td>…</td>}
            </tr>
          ))}
          {hasMore.rows && (
            <tr>
              {range(columns).map(() => (
                <td>⋮</td>
              ))}
            </tr>
          )}
        </tbody>
      </table>
      {!isWhole && value.minimum !== null && (
        <p class="range">
          {say("range", {
            count: count(value).toLocaleString("en"),
            minimum: number(value.minimum, dtype),
            maximum: number(value.maximum, dtype),
          })}
        </p>
      )}
    </div>
  );
}

// The names of a formula with their numbers; each leads to its node and its step.
function Where({ names, onPick }) {
  if (!names.length) return null;
  return (
    <div class="where" role="group" aria-label={say("where")} data-roving>
      <span aria-hidden="true">{say("where")}</span>
      {names.map((name, index) => (
        <button
          type="button"
          key={name}
          data-n={numberOf.get(name)}
          tabIndex={index === 0 ? 0 : -1}
          aria-label={`${name} = ${brief(valueOf(name), 3)}`}
          onClick={() => onPick(name)}
        >
          <Symbol latex={symbolOf(name)} />
          <span> = {brief(valueOf(name), 3)}</span>
        </button>
      ))}
    </div>
  );
}

const namesOf = (step) =>
  namesIn([step.formula, ...step.because.slice(0, 1).map((line) => line.after)].join(" ; ")).filter(
    (name) => name !== step.name || step.phase === "update",
  );

export function Panel({ position, onPick }) {
  if (position === 0) return <Overview />;
  const step = steps[position - 1];
  return (
    <section class={`panel ${step.phase}`} aria-label={say("step")}>
      <p class="phase">
        {say(step.phase)} · {say("position", { position, count: steps.length })}
      </p>
      <div class="main">
        <Formula latex={equations(position - 1)} display />
      </div>
      <Lines step={step} />
      <Value value={step.value} symbolic={step.shape} key={position} />
      <Where names={namesOf(step)} onPick={onPick} />
    </section>
  );
}

function Overview() {
  const countOf = (phase) => steps.filter((step) => step.phase === phase).length;
  return (
    <section class="panel" aria-label={say("step")}>
      <p class="phase">{say("overview")}</p>
      <p>
        <span class="key-forward">{say("reading_forward", { count: countOf("forward") })}</span>{" "}
        <span class="key-backward">{say("reading_backward", { count: countOf("backward") })}</span>
      </p>
      <p>{say("keys")}</p>
      {derivation.cautions.length > 0 && (
        <>
          <h2>{say("cautions")}</h2>
          <ul>
            {derivation.cautions.map(({ what, where, repair }) => (
              <li>
                {where && <code>{where.split(/[\\/]/).at(-1)}</code>} {what}; {repair}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

// What is read aloud when the step changes.
export function spoken(position) {
  if (position === 0) return say("overview");
  const step = steps[position - 1];
  const place = say("position", { position, count: steps.length });
  const rules = step.because.map((line) => line.rule).join(", ");
  const parts = [`${say(step.phase)} ${place}`, `${step.name} ${step.sign} ${step.formula}`];
  return [...parts, brief(step.value, 4), rules].filter(Boolean).join(". ");
}

export const positionOf = (name, position) => {
  const index = stepIndex(name);
  return index === undefined ? position : index + 1;
};
