import "katex/dist/katex.min.css";
import "./style.css";
import { render } from "preact";
import { App } from "./app.jsx";
import { derivation } from "./data.js";
import { IS_LARGE } from "./picture.js";

performance.mark("start");
document.title = `${derivation.function} – Kobai`;

const draw = () => render(<App />, document.getElementById("page"));

// Formulas in boxes are measured before they are placed, so their fonts have to be there first.
const NEEDED = /KaTeX_(Main|Math)/;
const needed = [...document.fonts].filter((font) => NEEDED.test(font.family));
if (IS_LARGE) draw();
else Promise.allSettled(needed.map((font) => font.load())).then(draw);
