"""A picture on which zones and lines are drawn with the mouse: Streamlit's own kind of component, nothing to install.

The browser sends every finished gesture as a whole drawing; Python keeps it and sends back what is to be shown.
"""

import base64
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from dashboard.stills import Still

_HTML = """
<div class="bar" role="toolbar" aria-label="Drawing tools">
  <button data-tool="select" title="Move zones, lines and corners">Move</button>
  <button data-tool="zone" title="Click corners; click the first one again to finish">Draw a zone</button>
  <button data-tool="line" title="Press, pull and let go">Draw a line</button>
  <button data-do="delete" title="Delete key">Delete</button>
  <span class="hint" aria-live="polite"></span>
</div>
<canvas tabindex="0" aria-label="Picture with zones and lines"></canvas>
"""
_CSS = """
.bar { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; margin-bottom: 8px; }
.bar button { font: inherit; font-size: 14px; padding: 5px 12px; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--st-border-color); background: var(--st-secondary-background-color);
  color: var(--st-text-color); }
.bar button[aria-pressed="true"] { border-color: var(--st-primary-color); color: var(--st-primary-color); }
.bar button:focus-visible, canvas:focus-visible { outline: 2px solid var(--st-primary-color); }
.hint { font-size: 13px; color: var(--st-text-color); opacity: 0.7; }
canvas { width: 100%; display: block; border-radius: 8px; touch-action: none; cursor: crosshair; }
"""
_JS = """
const HINTS = {
  select: "Pull a zone, a line or a corner. Double-click an edge to add a corner, a corner to remove it.",
  zone: "Click the corners in order; click the first again, or press Enter. Escape gives up.",
  line: "Press where it starts, pull, let go. The arrow shows the way in.",
};
const COLOURS = { area: "#56b4e9", queue: "#e69f00", service: "#009e73", entrance: "#cc79a7", line: "#f0e442" };
const boards = new WeakMap();

function makeBoard(root) {
  const canvas = root.querySelector("canvas"), draw = canvas.getContext("2d"), hint = root.querySelector(".hint");
  const board = { tool: "select", shapes: [], selected: null, draft: null, grip: null, image: null, send: () => {} };
  const scale = () => canvas.width / board.data.width;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * board.data.width;
    const y = (event.clientY - box.top) / box.height * board.data.height;
    return [Math.min(Math.max(x, 0), board.data.width), Math.min(Math.max(y, 0), board.data.height)];
  };
  const tidy = (point) => point.map((value) => Number(value.toFixed(board.data.digits)));
  const reach = () => 9 * (board.data.width / canvas.getBoundingClientRect().width);
  const far = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
  const beside = (p, a, b) => {
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]], length = dx * dx + dy * dy || 1;
    const t = Math.max(0, Math.min(1, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length));
    return far(p, [a[0] + t * dx, a[1] + t * dy]);
  };
  const edges = (shape) => shape.points.map((point, n) => [n, point, shape.points[(n + 1) % shape.points.length]])
    .slice(0, shape.type === "line" ? 1 : undefined);
  const inside = (p, points) => {
    let is = false;
    for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
      const [a, b] = [points[i], points[j]];
      if ((a[1] > p[1]) !== (b[1] > p[1]) && p[0] < (b[0] - a[0]) * (p[1] - a[1]) / (b[1] - a[1]) + a[0]) is = !is;
    }
    return is;
  };
  const current = () => board.shapes.find((shape) => shape.key === board.selected);
  const tell = () => board.send({ shapes: board.shapes, selected: board.selected });

  const paint = () => {
    const [k, ratio] = [scale(), window.devicePixelRatio || 1];
    draw.clearRect(0, 0, canvas.width, canvas.height);
    if (board.image && board.image.complete && board.image.naturalWidth) {
      draw.drawImage(board.image, 0, 0, canvas.width, canvas.height);
    } else { draw.fillStyle = "#53565a"; draw.fillRect(0, 0, canvas.width, canvas.height); }
    for (const shape of board.shapes) {
      const chosen = shape.key === board.selected, colour = COLOURS[shape.type === "line" ? "line" : shape.kind];
      const points = shape.points.map((p) => [p[0] * k, p[1] * k]);
      draw.beginPath(); points.forEach((p, n) => n ? draw.lineTo(...p) : draw.moveTo(...p));
      if (shape.type === "zone") { draw.closePath(); draw.fillStyle = colour + (chosen ? "66" : "33"); draw.fill(); }
      draw.lineWidth = (chosen ? 6 : 4) * ratio; draw.strokeStyle = "#000a"; draw.stroke();
      draw.lineWidth = (chosen ? 3.5 : 2) * ratio; draw.strokeStyle = colour; draw.stroke();
      let [x, y] = points[0];
      if (shape.type === "line") {
        const [a, b] = points, length = far(a, b) || 1, way = shape.in_from === "right" ? -1 : 1;
        const [mx, my] = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
        const [nx, ny] = [-(b[1] - a[1]) / length * way, (b[0] - a[0]) / length * way], size = 26 * ratio;
        const tip = [mx + nx * size, my + ny * size], wing = 8 * ratio;
        draw.beginPath(); draw.moveTo(mx, my); draw.lineTo(...tip);
        draw.lineTo(tip[0] - nx * wing - ny * wing, tip[1] - ny * wing + nx * wing); draw.moveTo(...tip);
        draw.lineTo(tip[0] - nx * wing + ny * wing, tip[1] - ny * wing - nx * wing);
        draw.lineWidth = 5 * ratio; draw.strokeStyle = "#000a"; draw.stroke();
        draw.lineWidth = 2.5 * ratio; draw.strokeStyle = colour; draw.stroke();
      } else {
        x = points.reduce((sum, p) => sum + p[0], 0) / points.length;
        y = points.reduce((sum, p) => sum + p[1], 0) / points.length;
      }
      const label = shape.name || shape.id;
      draw.font = `${chosen ? 600 : 400} ${13 * ratio}px sans-serif`; draw.textAlign = "center";
      draw.lineWidth = 4 * ratio; draw.strokeStyle = "#000c"; draw.strokeText(label, x, y - 6 * ratio);
      draw.fillStyle = "#fff"; draw.fillText(label, x, y - 6 * ratio);
      if (chosen) for (const p of points) {
        draw.beginPath(); draw.arc(...p, 6 * ratio, 0, 7); draw.fillStyle = "#fff"; draw.fill();
        draw.lineWidth = 2 * ratio; draw.strokeStyle = "#000"; draw.stroke();
      }
    }
    if (board.draft) {
      draw.beginPath();
      [...board.draft, ...(board.pointer ? [board.pointer] : [])]
        .forEach((p, n) => n ? draw.lineTo(p[0] * k, p[1] * k) : draw.moveTo(p[0] * k, p[1] * k));
      draw.lineWidth = 3 * ratio; draw.setLineDash([8 * ratio, 5 * ratio]); draw.strokeStyle = "#fff"; draw.stroke();
      draw.setLineDash([]);
      for (const p of board.draft) {
        draw.beginPath(); draw.arc(p[0] * k, p[1] * k, 5 * ratio, 0, 7); draw.fillStyle = "#fff"; draw.fill();
      }
    }
    for (const button of root.querySelectorAll("[data-tool]")) {
      button.setAttribute("aria-pressed", String(button.dataset.tool === board.tool));
    }
    root.querySelector("[data-do]").disabled = !current();
    hint.textContent = HINTS[board.tool];
  };
  const add = (type, points) => {
    const taken = board.shapes.map((shape) => shape.key).concat(board.data.taken);
    let number = 1;
    while (taken.includes(`${type}-${type}-${number}`)) number++;
    const id = `${type}-${number}`, key = `${type}-${id}`;
    board.shapes.push({ key, type, id, name: "", kind: "area", serves: null, in_from: "left", points });
    board.selected = key; board.tool = "select"; board.draft = null; tell();
  };
  const close = () => { if (board.draft && board.draft.length >= 3) add("zone", board.draft); paint(); };
  const remove = () => {
    board.shapes = board.shapes.filter((shape) => shape.key !== board.selected); board.selected = null; tell(); paint();
  };

  canvas.addEventListener("pointerdown", (event) => {
    const p = at(event); canvas.focus(); canvas.setPointerCapture(event.pointerId);
    if (board.tool === "zone") {
      if (board.draft && board.draft.length >= 3 && far(p, board.draft[0]) < reach()) { close(); return; }
      const last = board.draft && board.draft[board.draft.length - 1];
      if (!last || far(p, last) > reach() / 3) board.draft = [...(board.draft || []), tidy(p)];
    } else if (board.tool === "line") { board.draft = [tidy(p)]; board.grip = { line: true };
    } else {
      const chosen = current(), corner = chosen ? chosen.points.findIndex((c) => far(p, c) < reach()) : -1;
      if (corner >= 0) board.grip = { shape: chosen, corner };
      else {
        const hits = (shape) => edges(shape).some(([, a, b]) => beside(p, a, b) < reach())
          || (shape.type === "zone" && inside(p, shape.points));
        const order = [...board.shapes].reverse();
        // of what overlaps, first what is chosen, then lines: they are harder to hit
        const hit = (chosen && hits(chosen) && chosen) || order.find((s) => s.type === "line" && hits(s))
          || order.find(hits);
        const before = board.selected; board.selected = hit ? hit.key : null;
        board.grip = hit ? { shape: hit, from: p, points: hit.points.map((c) => [...c]) } : null;
        if (before !== board.selected) board.isNews = true;
      }
    }
    paint();
  });
  canvas.addEventListener("pointermove", (event) => {
    const p = at(event), grip = board.grip; board.pointer = p;
    if (grip && grip.shape && grip.corner !== undefined) {
      grip.shape.points[grip.corner] = tidy(p); grip.moved = true;
    } else if (grip && grip.shape) {
      const xs = grip.points.map((c) => c[0]), ys = grip.points.map((c) => c[1]);
      // nothing leaves the picture
      const dx = Math.min(Math.max(p[0] - grip.from[0], -Math.min(...xs)), board.data.width - Math.max(...xs));
      const dy = Math.min(Math.max(p[1] - grip.from[1], -Math.min(...ys)), board.data.height - Math.max(...ys));
      if (grip.moved || Math.hypot(dx, dy) > reach() / 4) {
        grip.shape.points = grip.points.map((c) => tidy([c[0] + dx, c[1] + dy])); grip.moved = true;
      }
    }
    if (grip || board.draft) paint();
  });
  canvas.addEventListener("pointerup", (event) => {
    const grip = board.grip; board.grip = null;
    if (grip && grip.line) {
      const start = board.draft[0], end = tidy(at(event)); board.draft = null;
      if (far(start, end) > reach()) add("line", [start, end]);
    } else if ((grip && grip.moved) || board.isNews) { board.isNews = false; tell(); }
    paint();
  });
  canvas.addEventListener("dblclick", (event) => {
    const p = at(event), shape = current();
    if (board.tool !== "select" || !shape || shape.type !== "zone") return;
    const corner = shape.points.findIndex((c) => far(p, c) < reach());
    if (corner >= 0 && shape.points.length > 3) shape.points.splice(corner, 1);
    else if (corner < 0) {
      const edge = edges(shape).find(([, a, b]) => beside(p, a, b) < reach());
      if (!edge) return;
      shape.points.splice(edge[0] + 1, 0, tidy(p));
    } else return;
    tell(); paint();
  });
  canvas.addEventListener("keydown", (event) => {
    const step = board.data.width / 640, shape = current();
    const ways = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (event.key === "Escape") { board.draft = null; board.tool = "select"; }
    else if (event.key === "Enter" && board.tool === "zone") close();
    else if ((event.key === "Delete" || event.key === "Backspace") && shape) remove();
    else if (ways[event.key] && shape) {
      const moved = shape.points.map((c) => tidy([c[0] + ways[event.key][0], c[1] + ways[event.key][1]]));
      if (moved.every((c) => c[0] >= 0 && c[1] >= 0 && c[0] <= board.data.width && c[1] <= board.data.height)) {
        shape.points = moved; tell();
      }
    } else return;
    event.preventDefault(); event.stopPropagation(); paint();
  });
  for (const button of root.querySelectorAll("[data-tool]")) {
    button.onclick = () => { board.tool = button.dataset.tool; board.draft = null; canvas.focus(); paint(); };
  }
  root.querySelector("[data-do]").onclick = remove;
  board.show = (data, send) => {
    board.send = send;
    if (board.grip || board.draft) return;
    const isOther = !board.data || board.data.picture !== data.picture;
    board.data = data;
    board.shapes = JSON.parse(JSON.stringify(data.shapes)); board.selected = data.selected;
    const ratio = window.devicePixelRatio || 1, width = canvas.getBoundingClientRect().width || 800;
    canvas.width = Math.round(width * ratio); canvas.height = Math.round(canvas.width * data.height / data.width);
    canvas.style.aspectRatio = `${data.width} / ${data.height}`;
    if (isOther) {
      board.image = data.picture ? new Image() : null;
      if (board.image) { board.image.onload = paint; board.image.src = data.picture; }
    }
    paint();
  };
  new ResizeObserver(() => {
    if (!board.data) return;
    const width = Math.round(canvas.getBoundingClientRect().width * (window.devicePixelRatio || 1));
    if (!width || width === canvas.width) return;
    canvas.width = width; canvas.height = Math.round(width * board.data.height / board.data.width); paint();
  }).observe(canvas);
  return board;
}

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  if (!boards.has(parentElement)) boards.set(parentElement, makeBoard(parentElement));
  boards.get(parentElement).show(data, (drawn) => setTriggerValue("drawn", drawn));
}
"""

_board = st.components.v2.component("crosscam_drawing_board", html=_HTML, css=_CSS, js=_JS)


def show(
    still: Still,
    shapes: Sequence[dict[str, Any]],
    *,
    selected: str | None,
    taken: Sequence[str],
    key: str,
    on_drawn: Callable[[], None],
) -> None:
    """Show the board; `st.session_state[key].drawn` has shapes and selected when `on_drawn` is called.

    Args:
        still: what is drawn on.
        shapes: zones and lines on it, see `dashboard.drafts`.
        selected: key of the shape that is chosen; None: none.
        taken: keys of shapes elsewhere, which new ones must not have.
        key: of the component.
        on_drawn: called after each gesture.
    """
    picture = f"data:image/jpeg;base64,{base64.b64encode(still.jpeg).decode()}" if still.jpeg else None
    _board(
        key=key,
        data={
            "picture": picture,
            "width": still.width,
            "height": still.height,
            # hundredths of a px, millimetres of the plan
            "digits": 2 if still.width > 200 else 3,
            "shapes": list(shapes),
            "selected": selected,
            "taken": list(taken),
        },
        on_drawn_change=on_drawn,
    )
