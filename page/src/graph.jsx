// The place of the picture in the page.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { draw } from "./picture.js";

// On paper the picture is as wide as a page across; one that would be too small there is cut into
// strips, the end of each being the beginning of the next.
const PAPER = 1000;
const OVERLAP = 60;
const SMALLEST = 0.7;
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

function Strip({ canvas, index, height }) {
  const place = useRef(null);
  useLayoutEffect(() => {
    const copy = canvas.cloneNode(true);
    copy.style.transform = `translate(${-index * (PAPER - OVERLAP)}px) ${copy.style.transform}`;
    place.current.replaceChildren(copy);
  }, []);
  return <div class="room" style={{ width: `${PAPER}px`, height }} ref={place} />;
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
  const isPaper = usePaper();
  const scale = isPaper ? Math.min(1, Math.max(SMALLEST, PAPER / width)) : zoom;
  const strips = isPaper ? Math.ceil((width * scale - OVERLAP) / (PAPER - OVERLAP)) : 1;
  const size = { width: `${width}px`, height: `${height}px`, transform: `scale(${scale})` };
  const room = {
    width: `${strips > 1 ? PAPER : width * scale}px`,
    height: `${height * scale}px`,
  };
  const others = [...Array(Math.max(strips, 1)).keys()].slice(1);
  return (
    <>
      <div class="room" style={room}>
        <div ref={canvas} style={size} onClick={pick} />
      </div>
      {others.map((index) => (
        <Strip key={index} canvas={canvas.current} index={index} height={room.height} />
      ))}
    </>
  );
}
