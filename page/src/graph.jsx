// The place of the picture in the page.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { draw } from "./picture.js";

// On paper the picture is as wide as a page across; one that would be too small there is left out.
const PAPER = 1000;
const SMALLEST = 0.4;
const paper = matchMedia("print");

function usePaper() {
  const [isPaper, setPaper] = useState(paper.matches);
  useEffect(() => {
    const change = () => setPaper(paper.matches);
    const [before, after] = [() => setPaper(true), () => setPaper(false)];
    paper.addEventListener("change", change);
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => {
      paper.removeEventListener("change", change);
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
    };
  }, []);
  return isPaper;
}

export function Graph({ position, current, zoom, onPick, onDrawn }) {
  const canvas = useRef(null);
  const [picture, setPicture] = useState(null);

  useLayoutEffect(() => {
    const made = draw(canvas.current);
    made.show(position, current);
    setPicture(made);
    onDrawn(made);
  }, []);
  useLayoutEffect(() => picture?.show(position, current), [position, current]);

  const pick = (event) => {
    const box = event.target.closest("[data-node]");
    if (box) onPick(box.dataset.node);
  };
  const { width, height } = picture ?? { width: 0, height: 0 };
  const fitting = Math.min(1, PAPER / width);
  const scale = usePaper() ? fitting : zoom;
  const size = { width: `${width}px`, height: `${height}px`, transform: `scale(${scale})` };
  const room = { width: `${width * scale}px`, height: `${height * scale}px` };
  return (
    <div class={`room ${fitting < SMALLEST ? "too-wide" : ""}`} style={room}>
      <div ref={canvas} style={size} onClick={pick} />
    </div>
  );
}
