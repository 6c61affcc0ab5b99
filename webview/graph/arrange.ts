/** Decides how the graph is laid out in the room there is: as it stands where that will do, else in the better direction. */
import { boundsOf, extendLayout, layoutGraph, type GraphLayout, type GraphShape } from './graphLayout';

export interface Room {
  width: number;
  height: number;
}

/** Smaller than this, texts cannot be read, and another arrangement is worth moving everything for. */
const READABLE_SCALE = 0.6;
/** How much larger the graph must get for that, and for reading from top to bottom at all. */
const WORTH_MOVING = 1.3;
const WORTH_TURNING = 1.15;
/** Trying both directions of larger graphs would be felt. */
const MAX_TRIED_NODES = 80;

/** `old` is kept and extended as far as possible; null arranges anew. */
export function arrangeGraph(old: GraphLayout | null, shape: GraphShape, room: Room): GraphLayout {
  const extended = old && extendLayout(old, shape);
  if (extended && (fitScale(extended, room) >= READABLE_SCALE || shape.nodes.length > MAX_TRIED_NODES)) {
    return extended;
  }
  const best = bestLayout(shape, room);
  if (extended && fitScale(best, room) < WORTH_MOVING * fitScale(extended, room)) return extended;
  return best;
}

function bestLayout(shape: GraphShape, room: Room): GraphLayout {
  const across = layoutGraph(shape, 'LR');
  if (shape.nodes.length > MAX_TRIED_NODES || fitScale(across, room) >= 1) return across;
  const down = layoutGraph(shape, 'TB');
  return fitScale(down, room) > WORTH_TURNING * fitScale(across, room) ? down : across;
}

/** How large the whole graph can be drawn; a pane that is not on screen yet has room for everything. */
function fitScale(layout: GraphLayout, room: Room): number {
  if (room.width === 0 || room.height === 0) return Infinity;
  const { width, height } = boundsOf(layout);
  return Math.min(room.width / width, room.height / height);
}
