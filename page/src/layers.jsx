// The formulas that layers share, each once: all steps of a deep net at a glance.
import { layerLatexOf, layers, say, stepIndex, steps } from "./data.js";
import { Formula } from "./formula.jsx";

export function LayerList({ position, onStep }) {
  if (!layers.recurrences.length) return null;
  const current = position > 0 ? steps[position - 1].name : null;
  return (
    <section class="layers" aria-label={say("layers")}>
      <h2>{say("layers")}</h2>
      <ol data-roving>
        {layers.recurrences.map((line, index) => {
          const { left, formula } = layerLatexOf(index);
          return (
            <li>
              <button
                type="button"
                class={line.phase}
                tabIndex={index === 0 ? 0 : -1}
                aria-label={`${line.text}, ${line.where}`}
                aria-current={line.steps.includes(current) ? "step" : undefined}
                onClick={() => onStep(stepIndex(line.steps[0]) + 1)}
              >
                <Formula latex={`${left} = ${formula}`} output="html" />
                <span class="brief">{line.where}</span>
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
