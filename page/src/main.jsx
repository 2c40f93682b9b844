import "katex/dist/katex.min.css";
import "./style.css";
import { render } from "preact";
import { App } from "./app.jsx";
import { derivation } from "./data.js";

performance.mark("start");
document.title = `${derivation.function} – Kobai`;

// Formulas are measured before they are placed, so these fonts have to be there first. Larger
// brackets come when there are such.
const NEEDED = /KaTeX_(Main|Math)/;
const needed = [...document.fonts].filter((font) => NEEDED.test(font.family));
Promise.allSettled(needed.map((font) => font.load())).then(() => {
  render(<App />, document.getElementById("page"));
});
