// All steps, those of a pass below its title. A formula is set when it comes near to being seen; until
// then its NumPy source stands there.
import { useEffect, useRef, useState } from "preact/hooks";
import { latexOf, numberOf, say, steps } from "./data.js";
import { Formula } from "./formula.jsx";
import { brief } from "./numbers.js";

const PHASES = ["forward", "backward", "update"];
const nearing = new Map();
const observer = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) if (entry.isIntersecting) nearing.get(entry.target)?.();
  },
  { rootMargin: "300px" },
);
const print = matchMedia("print");
const setAll = () => {
  for (const set of nearing.values()) set();
};
addEventListener("beforeprint", setAll);
print.addEventListener("change", setAll);

function SetWhenSeen({ index }) {
  const [isSet, setSet] = useState(print.matches);
  const place = useRef(null);
  useEffect(() => {
    const element = place.current;
    if (isSet || !element) return undefined;
    nearing.set(element, () => setSet(true));
    observer.observe(element);
    return () => {
      observer.unobserve(element);
      nearing.delete(element);
    };
  }, [isSet]);
  const { name, sign, formula } = steps[index];
  if (isSet) return <Formula latex={equation(index)} output="html" />;
  return (
    <code ref={place}>
      {name} {sign} {formula}
    </code>
  );
}

function equation(index) {
  const { left, formula } = latexOf(index);
  return `${left} ${steps[index].sign === ":=" ? "\\mathrel{:=}" : "="} ${formula}`;
}

function Step({ index, position, onStep }) {
  const step = steps[index];
  return (
    <li>
      <button
        type="button"
        class={step.phase}
        data-n={step.phase === "update" ? undefined : numberOf.get(step.name)}
        tabIndex={index === Math.max(0, position - 1) ? 0 : -1}
        aria-label={`${step.name} ${step.sign} ${step.formula}`}
        aria-current={index === position - 1 ? "step" : undefined}
        onClick={() => onStep(index + 1)}
      >
        <SetWhenSeen index={index} />
        <span class="brief">{brief(step.value)}</span>
      </button>
    </li>
  );
}

export function StepList({ position, onStep }) {
  return (
    <nav class="steps" aria-label={say("steps")} data-roving>
      <h2>{say("steps")}</h2>
      {PHASES.filter((phase) => steps.some((step) => step.phase === phase)).map((phase) => (
        <>
          <h3 class={phase}>{say(phase)}</h3>
          <ol>
            {steps.map(
              (step, index) => step.phase === phase && <Step {...{ index, position, onStep }} />,
            )}
          </ol>
        </>
      ))}
    </nav>
  );
}
