/**
 * Where the nodes of the task graph stand. Layered, by dagre; and extended without moving what stands already, since
 * functions turn up while people look. Pure; lengths in the graph's own pixels.
 */
import { Graph, layout } from '@dagrejs/dagre';

export interface Point {
  x: number;
  y: number;
}

/** Layers from left to right, or from top to bottom where the pane is narrow. */
export type Direction = 'LR' | 'TB';

export interface GraphShape {
  nodes: readonly string[];
  edges: readonly { from: string; to: string }[];
}

export interface GraphLayout {
  direction: Direction;
  /** Centres. */
  nodes: Map<string, Point>;
  /** What an edge passes through between its ends, by `edgeKey`; mostly nothing. */
  bends: Map<string, Point[]>;
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const NODE_WIDTH = 220;
export const NODE_HEIGHT = 80;
const LAYER_GAP = 84;
const NEIGHBOUR_GAP = 22;

export function edgeKey(edge: { from: string; to: string }): string {
  return `${edge.from}\n${edge.to}`;
}

/** Equal for equal sets of nodes and edges. */
export function shapeKey(shape: GraphShape): string {
  return JSON.stringify([[...shape.nodes].sort(), shape.edges.map(edgeKey).sort()]);
}

/** Lays everything out anew. */
export function layoutGraph(shape: GraphShape, direction: Direction): GraphLayout {
  const graph = new Graph();
  graph.setGraph({ rankdir: direction, ranksep: LAYER_GAP, nodesep: NEIGHBOUR_GAP, edgesep: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of shape.nodes) graph.setNode(id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const edge of realEdges(shape)) graph.setEdge(edge.from, edge.to);
  layout(graph);
  const nodes = new Map<string, Point>();
  for (const id of shape.nodes) {
    const { x, y } = graph.node(id) as Point;
    nodes.set(id, { x, y });
  }
  const bends = new Map<string, Point[]>();
  for (const edge of realEdges(shape)) {
    const { points } = graph.edge(edge.from, edge.to) as { points: Point[] };
    // A direct edge has one point between its ends, halfway; only longer ones have a way of their own.
    if (points.length > 3) bends.set(edgeKey(edge), points.slice(1, -1));
  }
  return { direction, nodes: inOrder(shape, direction, nodes, bends), bends };
}

/**
 * Nodes of one layer that are joined to the same others may trade places without a crossing more: they stand in the
 * shape's order, which is that of first sight.
 */
function inOrder(
  shape: GraphShape,
  direction: Direction,
  nodes: ReadonlyMap<string, Point>,
  bends: ReadonlyMap<string, Point[]>,
): Map<string, Point> {
  const { along, across } = axes(direction);
  const groups = new Map<string, string[]>();
  for (const id of shape.nodes) {
    const own = realEdges(shape).filter((edge) => edge.from === id || edge.to === id);
    if (own.some((edge) => bends.has(edgeKey(edge)))) continue;
    const others = own.map((edge) => (edge.from === id ? `>${edge.to}` : `<${edge.from}`)).sort();
    const key = JSON.stringify([nodes.get(id)![along], others]);
    groups.set(key, [...(groups.get(key) ?? []), id]);
  }
  const ordered = new Map(nodes);
  for (const ids of groups.values()) {
    const places = ids.map((id) => nodes.get(id)!).sort((a, b) => a[across] - b[across]);
    ids.forEach((id, index) => ordered.set(id, places[index]!));
  }
  return ordered;
}

/** Puts new nodes beside old ones, which stay where they are; null where that would make edges run backwards. */
export function extendLayout(old: GraphLayout, shape: GraphShape): GraphLayout | null {
  const nodes = new Map<string, Point>();
  for (const id of shape.nodes) {
    const at = old.nodes.get(id);
    if (at) nodes.set(id, at);
  }
  const edges = realEdges(shape);
  for (const id of shape.nodes) {
    if (!nodes.has(id)) nodes.set(id, freePlace(id, edges, nodes, old.direction));
  }
  const { along } = axes(old.direction);
  const backwards = edges.some((edge) => {
    const isNew = !old.nodes.has(edge.from) || !old.nodes.has(edge.to);
    return isNew && nodes.get(edge.to)![along] <= nodes.get(edge.from)![along];
  });
  return backwards ? null : { direction: old.direction, nodes, bends: old.bends };
}

/** The smallest box around all nodes. */
export function boundsOf(graph: GraphLayout): Box {
  const xs = [...graph.nodes.values()].map((point) => point.x);
  const ys = [...graph.nodes.values()].map((point) => point.y);
  const x = Math.min(...xs) - NODE_WIDTH / 2;
  const y = Math.min(...ys) - NODE_HEIGHT / 2;
  return { x, y, width: Math.max(...xs) + NODE_WIDTH / 2 - x, height: Math.max(...ys) + NODE_HEIGHT / 2 - y };
}

export type Heading = 'left' | 'right' | 'up' | 'down';

/** The nearest node in a direction, for arrow keys; null at the border. */
export function neighbour(graph: GraphLayout, from: string, heading: Heading): string | null {
  const start = graph.nodes.get(from);
  if (!start) return null;
  const horizontal = heading === 'left' || heading === 'right';
  const sign = heading === 'left' || heading === 'up' ? -1 : 1;
  let best: { id: string; score: number } | null = null;
  for (const [id, point] of graph.nodes) {
    const ahead = sign * (horizontal ? point.x - start.x : point.y - start.y);
    const aside = Math.abs(horizontal ? point.y - start.y : point.x - start.x);
    if (id === from || ahead < 1) continue;
    const score = ahead + 2 * aside;
    if (!best || score < best.score) best = { id, score };
  }
  return best?.id ?? null;
}

/** Edges between two different nodes that exist, once each. A function that calls itself is drawn on its node. */
function realEdges(shape: GraphShape): { from: string; to: string }[] {
  const known = new Set(shape.nodes);
  return shape.edges.filter((edge) => edge.from !== edge.to && known.has(edge.from) && known.has(edge.to));
}

/** The layer after the node's last placed parent, as near to its parents as there is room. */
function freePlace(
  id: string,
  edges: readonly { from: string; to: string }[],
  placed: ReadonlyMap<string, Point>,
  direction: Direction,
): Point {
  const { along, across, layerStep, neighbourStep } = axes(direction);
  const parents = edges.filter((edge) => edge.to === id).flatMap((edge) => placed.get(edge.from) ?? []);
  const layer = parents.length > 0 ? Math.max(...parents.map((point) => point[along])) + layerStep : 0;
  const wanted =
    parents.length > 0 ? parents.reduce((sum, point) => sum + point[across], 0) / parents.length : 0;
  const taken = [...placed.values()].filter((point) => Math.abs(point[along] - layer) < layerStep / 2);
  const isFree = (at: number): boolean =>
    taken.every((point) => Math.abs(point[across] - at) >= neighbourStep - 1);
  for (let step = 0; ; step++) {
    for (const sign of [1, -1]) {
      const at = wanted + (sign * step * neighbourStep) / 2;
      if (isFree(at)) return { [along]: layer, [across]: at } as unknown as Point;
    }
  }
}

function axes(direction: Direction): {
  along: 'x' | 'y';
  across: 'x' | 'y';
  layerStep: number;
  neighbourStep: number;
} {
  return direction === 'LR'
    ? {
        along: 'x',
        across: 'y',
        layerStep: NODE_WIDTH + LAYER_GAP,
        neighbourStep: NODE_HEIGHT + NEIGHBOUR_GAP,
      }
    : {
        along: 'y',
        across: 'x',
        layerStep: NODE_HEIGHT + LAYER_GAP,
        neighbourStep: NODE_WIDTH + NEIGHBOUR_GAP,
      };
}
