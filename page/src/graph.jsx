// The computation graph: forward values above the arrows, backward values against them.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { graph, numberOf, say, steps, symbols, valueOf } from "./data.js";
import { Formula, Symbol } from "./formula.jsx";
import { beside, box, layout, parts, path } from "./layout.js";
import { brief, shapeText } from "./numbers.js";

const WIDEST = 250;
const GAP = 6;
// The boxes of a large graph bear names alone: it is a map, and the step below tells the formula.
const IS_LARGE = graph.nodes.length > 50;
const PICTURE = parts();
const NODES = new Map(graph.nodes.map((node) => [node.name, node]));

// Before a step's turn its part of the picture is faint; position 0 shows everything.
export const stateOf = (index, position) =>
  index === null || position === 0 || index < position - 1
    ? ""
    : index === position - 1
      ? "now"
      : "later";

function described(node) {
  const step = node.forward === null ? null : steps[node.forward];
  const text = step ? `${step.name} = ${step.formula}` : node.name;
  const slope = node.backward === null ? "" : `, ${steps[node.backward].name}`;
  return `${text}, ${brief(valueOf(node.name), 3)}${slope}`;
}

function Box({ node, place, position, isShort, tabIndex, onClick }) {
  const step = node.forward === null ? null : steps[node.forward];
  const symbol = symbols[node.name];
  const latex = isShort ? `${symbol} = \\cdots` : `${symbol} = ${step?.latex.formula}`;
  const isNow = position > 0 && steps[position - 1].variable === node.name;
  const shape = (step ?? steps[node.backward])?.shape ?? shapeText(valueOf(node.name).shape);
  return (
    <button
      type="button"
      class={`box is-${node.kind} ${stateOf(node.forward, position)} ${isNow ? "at" : ""}`}
      data-n={numberOf.get(node.name)}
      data-node={node.name}
      aria-label={described(node)}
      aria-current={isNow ? "step" : undefined}
      tabIndex={tabIndex}
      style={place}
      onClick={onClick}
    >
      {step && !IS_LARGE ? <Formula latex={latex} output="html" /> : <Symbol latex={symbol} />}
      {shape !== "()" && <small aria-hidden="true">{shape}</small>}
    </button>
  );
}

function Label({ name, place, position }) {
  const node = NODES.get(name);
  const slope = node.backward === null ? null : steps[node.backward];
  return (
    <div class="label" data-label={name} style={place} aria-hidden="true">
      <span class={`value ${stateOf(node.forward, position)}`} data-n={numberOf.get(name)}>
        {brief(valueOf(name))}
      </span>
      <span
        class={`slope ${slope ? stateOf(node.backward, position) : ""}`}
        data-n={slope ? numberOf.get(slope.name) : undefined}
      >
        {slope && <Symbol latex={symbols[slope.name]} />}
        {slope && ` ${brief(slope.value)}`}
      </span>
    </div>
  );
}

function Lines({ lines, position }) {
  return PICTURE.arrows.map((arrow, index) => {
    const { points } = lines[index];
    const node = NODES.get(arrow.name);
    const end = arrow.parts ? undefined : "url(#forward)";
    return (
      <>
        <path
          class={`forward ${stateOf(node.forward, position)}`}
          d={path(points)}
          marker-end={end}
        />
        {arrow.gradient && (
          <path
            class={`backward ${stateOf(node.backward, position)}`}
            d={path(beside(points, GAP).reverse())}
            marker-end={arrow.labelled ? "url(#backward)" : undefined}
          />
        )}
      </>
    );
  });
}

function measured(canvas) {
  const of = (selector, key) =>
    new Map(
      [...canvas.querySelectorAll(selector)].map((element) => [
        element.dataset[key],
        { width: element.offsetWidth, height: element.offsetHeight },
      ]),
    );
  return { boxes: of("[data-node]", "node"), labels: of("[data-label]", "label") };
}

export function Graph({ position, current, zoom, onPick, onDrawn }) {
  const canvas = useRef(null);
  const [drawing, setDrawing] = useState({ short: new Set(), places: null });
  const { short, places } = drawing;

  // First everything is set as it is, then what is too wide is shortened, then all is placed.
  useLayoutEffect(() => {
    if (places) {
      onDrawn(places);
      return;
    }
    const { boxes, labels } = measured(canvas.current);
    const wide = [...boxes].filter(([name, size]) => size.width > WIDEST && !short.has(name));
    if (wide.length) {
      setDrawing({ short: new Set([...short, ...wide.map(([name]) => name)]), places: null });
    } else {
      setDrawing({ short, places: layout(PICTURE, boxes, labels) });
    }
  }, [drawing]);

  const placed = ({ x, y }) => ({ transform: `translate(${x}px, ${y}px) translate(-50%, -50%)` });
  const placeOf = (name) => (places ? placed(places.at(box(name))) : undefined);
  const { width, height } = places ?? { width: 0, height: 0 };
  const size = { width: `${width}px`, height: `${height}px`, transform: `scale(${zoom})` };
  const room = { width: `${width * zoom}px`, height: `${height * zoom}px` };
  return (
    <div class="room" style={places ? room : {}}>
      <div class={`canvas ${places ? "" : "measuring"}`} ref={canvas} style={places ? size : {}}>
        {places && (
          <svg width={places.width} height={places.height} aria-hidden="true">
            <defs>
              {["forward", "backward"].map((way) => (
                <marker id={way} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"
                  orient="auto" markerUnits="userSpaceOnUse">
                  <path class={`head ${way}`} d="M0 0.5L8 4L0 7.5z" />
                </marker>
              ))}
            </defs>
            <Lines lines={places.lines} position={position} />
            {PICTURE.dots.map((dot) =>
              dot.startsWith("dot ") ? (
                <circle class="dot" cx={places.at(dot).x} cy={places.at(dot).y} r="3.5" />
              ) : null,
            )}
          </svg>
        )}
        {PICTURE.arrows.map((arrow, index) =>
          arrow.labelled ? (
            <Label
              key={arrow.name}
              name={arrow.name}
              position={position}
              place={places ? placed(places.lines[index]) : undefined}
            />
          ) : null,
        )}
        <div role="group" aria-label={say("graph")} class="boxes">
          {graph.nodes.map((node) => (
            <Box
              key={node.name}
              node={node}
              place={placeOf(node.name)}
              position={position}
              isShort={short.has(node.name)}
              tabIndex={node.name === current ? 0 : -1}
              onClick={() => onPick(node.name)}
            />
          ))}
        </div>
      </div>
    </div>
  );
}
