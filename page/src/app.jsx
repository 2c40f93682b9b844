// The page: where one is, what is lit, and the keys.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { chooseView, derivation, graph, names, nodeOf, numberOf, say, steps } from "./data.js";
import { forgetMarks } from "./formula.jsx";
import { Graph } from "./graph.jsx";
import { brief } from "./numbers.js";
import { LayerList } from "./layers.jsx";
import { Panel, positionOf, spoken } from "./panel.jsx";
import { StepList } from "./steps.jsx";
import { Views } from "./views.jsx";

const ZOOMS = [0.35, 0.5, 0.65, 0.8, 1, 1.25, 1.5, 2];
const LEGIBLE = 0.8;

// Light every mark of the name under the pointer or in focus, and the node where it lives.
function useLight(root, position) {
  const lit = useRef(null);
  const show = () => {
    for (const element of root.current.querySelectorAll(".lit")) element.classList.remove("lit");
    if (lit.current === null) return;
    const name = names[lit.current];
    const numbers = new Set([lit.current, numberOf.get(nodeOf(name))]);
    for (const n of numbers) {
      for (const element of root.current.querySelectorAll(`[data-n="${n}"]`)) {
        if (n === lit.current || element.matches(".box")) element.classList.add("lit");
      }
    }
  };
  useLayoutEffect(show, [position]);
  const at = (event) => {
    const mark = event.target.closest?.("[data-n]");
    lit.current = mark ? Number(mark.dataset.n) : null;
    show();
  };
  return { onPointerOver: at, onFocusIn: at, onPointerLeave: at, onFocusOut: at };
}

// Up and down move within a group of buttons that is one stop of the tabulator.
function rove(event) {
  const group = event.target.closest?.("[data-roving], .boxes");
  const all = group ? [...group.querySelectorAll("button")] : [];
  const next = all[all.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)];
  if (!all.includes(event.target) || !next) return;
  for (const button of all) button.tabIndex = button === next ? 0 : -1;
  next.focus();
  event.preventDefault();
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function scrollTo(scroller, element) {
  if (!element) return;
  const frame = scroller.getBoundingClientRect();
  const spot = element.getBoundingClientRect();
  scroller.scrollBy({
    left: spot.left + spot.width / 2 - frame.left - frame.width / 2,
    top: spot.top + spot.height / 2 - frame.top - frame.height / 2,
    behavior: calm() ? "auto" : "smooth",
  });
}

function Control({ name, id = name, icon, isOpen = true, onClick }) {
  return (
    <button
      type="button"
      id={id}
      title={say(name)}
      aria-label={say(name)}
      aria-disabled={!isOpen}
      onClick={onClick}
    >
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <path d={icon} />
      </svg>
    </button>
  );
}

const SUN = "M8 5a3 3 0 1 0 .01 0zM8 1v2M8 13v2M1 8h2M13 8h2M3 3l1.4 1.4M11.6 11.6L13 13M3 13l1.4-1.4M11.6 4.4L13 3";
const MOON = "M13 9.5A5.5 5.5 0 1 1 6.5 3 4.5 4.5 0 0 0 13 9.5z";

function Controls({ position, go, zoomBy, view, setView }) {
  const buttons = [
    ["first", "M4 3v10M13 3L6 8l7 5z", 0, position > 0],
    ["previous", "M12 3L5 8l7 5z", position - 1, position > 0],
    ["next", "M4 3l7 5-7 5z", position + 1, position < steps.length],
    ["last", "M12 3v10M3 3l7 5-7 5z", steps.length, position < steps.length],
  ];
  return (
    <div class="controls" role="toolbar" aria-label={say("controls")}>
      {buttons.map(([name, icon, target, isOpen]) => (
        <Control name={name} icon={icon} isOpen={isOpen} onClick={() => go(target)} />
      ))}
      <output>
        {position === 0
          ? say("overview")
          : say("position", { position, count: steps.length })}
      </output>
      <span class="space" />
      <Views view={view} setView={setView} />
      <Control name="smaller" icon="M3 8h10" onClick={() => zoomBy(-1)} />
      <Control name="larger" icon="M3 8h10M8 3v10" onClick={() => zoomBy(1)} />
      <Theme />
    </div>
  );
}

function Theme() {
  const system = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const [theme, setTheme] = useState(system);
  const other = theme === "dark" ? "light" : "dark";
  const change = () => {
    document.documentElement.dataset.theme = other;
    setTheme(other);
  };
  return <Control name={other} id="theme" icon={theme === "dark" ? SUN : MOON} onClick={change} />;
}

export function App() {
  const [position, setPosition] = useState(0);
  const [picked, setPicked] = useState(graph.nodes[0].name);
  const [zoom, setZoom] = useState(1);
  const [isDrawn, setDrawn] = useState(false);
  const [view, setView] = useState(derivation.views[0]);
  const root = useRef(null);
  const scroller = useRef(null);
  const light = useLight(root, position);

  // Keys may come faster than the page is drawn, so where one is going is kept apart.
  const heading = useRef(0);
  const go = (target) => {
    const next = Math.min(Math.max(target, 0), steps.length);
    heading.current = next;
    setPosition(next);
    if (next > 0) setPicked(nodeOf(steps[next - 1].variable) ?? picked);
  };
  // A node leads to its value, and from there to the derivative by it.
  const pick = (name) => {
    const node = graph.nodes.find((node) => node.name === name);
    if (!node) {
      go(positionOf(name, position));
      return;
    }
    const stops = [node.forward, node.backward].filter((index) => index !== null);
    const next = stops[(stops.indexOf(position - 1) + 1) % stops.length];
    setPicked(name);
    if (next !== undefined) go(next + 1);
  };
  const zoomBy = (way) => {
    const larger = ZOOMS.filter((value) => (way > 0 ? value > zoom + 0.01 : value < zoom - 0.01));
    if (larger.length) setZoom(way > 0 ? larger[0] : larger.at(-1));
  };
  const changeView = (next) => {
    chooseView(next);
    forgetMarks();
    setView(next);
  };
  // The list of all steps, which may be long, comes when the graph has been painted.
  const drawn = ({ room, width }) => {
    setZoom(Math.min(1, Math.max(LEGIBLE, (room - 2) / width)));
    requestAnimationFrame(() =>
      setTimeout(() => {
        if (!isDrawn) performance.measure("drawing", "start");
        setTimeout(() => setDrawn(true));
      }),
    );
  };

  useEffect(() => {
    const press = (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (event.target.matches?.("select")) return;
      const here = heading.current;
      const ways = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: steps.length };
      const target = ways[event.key];
      if (target !== undefined) {
        go(target);
        event.preventDefault();
      } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
        rove(event);
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
  useEffect(() => {
    if (!isDrawn) return;
    const box = root.current.querySelector(position ? ".box.at" : ".box");
    scrollTo(scroller.current, box);
    // Who steps from within a group of nodes or steps stays there, on the step's own.
    const group = document.activeElement?.closest(".boxes, .steps");
    group?.querySelector("[aria-current]")?.focus({ preventScroll: true });
  }, [position, isDrawn, view]);

  const legend = derivation.names.filter(({ meaning }) => meaning);
  return (
    <div ref={root} {...light}>
      <header>
        <h1>
          <code>
            {derivation.function}({derivation.arguments.join(", ")})
          </code>
        </h1>
        {legend.length > 0 && (
          <p class="legend">
            {legend.map(({ name, meaning, value }) => (
              <span data-n={numberOf.get(name)}>
                <code>
                  {name} = {meaning}
                  {value.shape.length === 0 && ` = ${brief(value)}`}
                </code>
              </span>
            ))}
          </p>
        )}
      </header>
      <Controls {...{ position, go, zoomBy, view }} setView={changeView} />
      <main key={`${view.notation} ${view.derivatives}`}>
        <div class="scroller" ref={scroller}>
          <Graph
            position={position}
            current={picked}
            zoom={zoom}
            onPick={pick}
            onDrawn={drawn}
          />
        </div>
        <div class="below">
          <div class="panels">
            <Panel position={position} onPick={pick} />
            {isDrawn && <LayerList position={position} onStep={go} />}
          </div>
          {isDrawn && <StepList position={position} onStep={go} />}
        </div>
      </main>
      <p class="spoken" role="status" aria-live="polite">
        {spoken(position)}
      </p>
    </div>
  );
}
