/** The curve of an edge between two nodes, as an SVG path. Pure. */
import { NODE_HEIGHT, NODE_WIDTH, type Direction, type Point } from './graphLayout';

export interface EdgeCurve {
  d: string;
  /** Where its label stands: at the arrow's head, where edges of one source are apart, on the side that the curve does not come from. */
  label: Point & { anchor: 'start' | 'middle' | 'end' };
}

/** Leaves a gap for the arrow's head. */
const HEAD_PX = 7;

export function edgeCurve(from: Point, to: Point, bends: readonly Point[], direction: Direction): EdgeCurve {
  const forward = direction === 'LR' ? to.x - from.x > NODE_WIDTH : to.y - from.y > NODE_HEIGHT;
  return forward ? forwardCurve(from, to, bends, direction) : backCurve(from, to, direction);
}

/** A function that submits itself: a loop over the node's upper right corner. */
export function selfCurve(at: Point): EdgeCurve {
  const right = at.x + NODE_WIDTH / 2;
  const top = at.y - NODE_HEIGHT / 2;
  return {
    d: `M${right - 36} ${top}C${right - 36} ${top - 30} ${right + 30} ${top - 24} ${right + HEAD_PX} ${top + 18}`,
    label: { x: right - 4, y: top - 14, anchor: 'middle' },
  };
}

function forwardCurve(from: Point, to: Point, bends: readonly Point[], direction: Direction): EdgeCurve {
  const flat = direction === 'LR';
  const start = flat ? { x: from.x + NODE_WIDTH / 2, y: from.y } : { x: from.x, y: from.y + NODE_HEIGHT / 2 };
  const end = flat
    ? { x: to.x - NODE_WIDTH / 2 - HEAD_PX, y: to.y }
    : { x: to.x, y: to.y - NODE_HEIGHT / 2 - HEAD_PX };
  const points = [start, ...bends, end];
  let d = `M${start.x} ${start.y}`;
  for (let i = 1; i < points.length; i++) d += segment(points[i - 1]!, points[i]!, flat);
  return {
    d,
    label: flat
      ? { x: end.x + 2, y: to.y > from.y + 1 ? end.y + 15 : end.y - 7, anchor: 'end' }
      : {
          x: end.x + (to.x < from.x - 1 ? -8 : 8),
          y: end.y - 3,
          anchor: to.x < from.x - 1 ? 'end' : 'start',
        },
  };
}

function segment(a: Point, b: Point, flat: boolean): string {
  const halfX = (a.x + b.x) / 2;
  const halfY = (a.y + b.y) / 2;
  return flat
    ? `C${halfX} ${a.y} ${halfX} ${b.y} ${b.x} ${b.y}`
    : `C${a.x} ${halfY} ${b.x} ${halfY} ${b.x} ${b.y}`;
}

/** An edge against the layers' order goes around, so that it is seen to return. */
function backCurve(from: Point, to: Point, direction: Direction): EdgeCurve {
  if (direction === 'LR') {
    const low = Math.max(from.y, to.y) + NODE_HEIGHT / 2 + 40;
    const fromY = from.y + NODE_HEIGHT / 2;
    const toY = to.y + NODE_HEIGHT / 2 + HEAD_PX;
    return {
      d: `M${from.x} ${fromY}C${from.x} ${low} ${to.x} ${low} ${to.x} ${toY}`,
      label: { x: (from.x + to.x) / 2, y: low - 10, anchor: 'middle' },
    };
  }
  const far = Math.max(from.x, to.x) + NODE_WIDTH / 2 + 60;
  const fromX = from.x + NODE_WIDTH / 2;
  const toX = to.x + NODE_WIDTH / 2 + HEAD_PX;
  return {
    d: `M${fromX} ${from.y}C${far} ${from.y} ${far} ${to.y} ${toX} ${to.y}`,
    label: { x: far - 18, y: (from.y + to.y) / 2, anchor: 'middle' },
  };
}
