// The choice of notation and of what derivatives are called.
import { derivation, say } from "./data.js";

const { views } = derivation;
const SIGNS = { d: "dw", delta: "δ", partial: "∂/∂w" };

export function Views({ view, setView }) {
  const choose = (changes) => {
    const wanted = { ...view, ...changes };
    const isAsked = (other, keys) => keys.every((key) => other[key] === wanted[key]);
    const exact = views.find((other) => isAsked(other, ["notation", "derivatives"]));
    setView(exact ?? views.find((other) => isAsked(other, Object.keys(changes))));
  };
  const label = (key, option) =>
    key === "derivatives" ? SIGNS[option] : option === "matrix" ? say("matrix") : say("index");
  const titles = { notation: say("notation"), derivatives: say("derivatives") };
  return ["notation", "derivatives"].map((key) => {
    const options = [...new Set(views.map((other) => other[key]))];
    if (options.length < 2) return null;
    return (
      <select
        id={key}
        title={titles[key]}
        aria-label={titles[key]}
        value={view[key]}
        onChange={(event) => choose({ [key]: event.target.value })}
      >
        {options.map((option) => (
          <option value={option}>{label(key, option)}</option>
        ))}
      </select>
    );
  });
}
