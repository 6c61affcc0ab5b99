/** What stands under what in the timeline: the driver, then each node with its bands and its workers. Pure; CSS pixels. */
import type { NodeSeries } from '../../simulator/model/trace';
import type { Lane } from '../../simulator/model/views';
import type { Metric } from '../nodeMetrics';
import { bandsOf } from './bands';

export const LANE_HEIGHT = 15;
export const LANE_GAP = 2;
export const HEADER_HEIGHT = 24;
export const BAND_HEIGHT = 20;
/** Room under each node. */
const NODE_GAP = 6;

export type LaneItem = { y: number; height: number } & (
  | { kind: 'lane'; lane: number }
  | { kind: 'header'; node: number | null; title: string; lanes: number; open: boolean }
  | { kind: 'band'; node: NodeSeries; band: Metric }
);

export interface LaneLayout {
  items: LaneItem[];
  height: number;
  /** Where each lane is; a lane of a closed node is at its header. */
  yOfLane: Float32Array;
}

export function layOutLanes(
  lanes: readonly Lane[],
  nodes: readonly NodeSeries[],
  closed: ReadonlySet<number | null>,
): LaneLayout {
  const items: LaneItem[] = [];
  const yOfLane = new Float32Array(lanes.length);
  let y = 2;
  const place = (lane: number): void => {
    items.push({ kind: 'lane', lane, y, height: LANE_HEIGHT });
    yOfLane[lane] = y;
    y += LANE_HEIGHT + LANE_GAP;
  };
  lanes.forEach((lane, at) => {
    if (lane.kind === 'driver') place(at);
  });
  for (const [node, own] of byNode(lanes, nodes)) {
    const facts = nodes.find((one) => one.nodeIndex === node);
    const open = !closed.has(node);
    const title = facts?.name ?? (node === null ? 'unknown node' : `node ${node}`);
    items.push({ kind: 'header', node, title, lanes: own.length, open, y, height: HEADER_HEIGHT });
    for (const lane of own) yOfLane[lane] = y + (HEADER_HEIGHT - LANE_HEIGHT) / 2;
    y += HEADER_HEIGHT;
    if (facts) {
      for (const band of bandsOf(facts)) {
        items.push({ kind: 'band', node: facts, band, y, height: BAND_HEIGHT });
        y += BAND_HEIGHT + LANE_GAP;
      }
    }
    if (open) own.forEach(place);
    y += NODE_GAP;
  }
  return { items, height: y, yOfLane };
}

/** Nodes with samples but no task have their place as well. */
function byNode(lanes: readonly Lane[], nodes: readonly NodeSeries[]): [number | null, number[]][] {
  const groups = new Map<number | null, number[]>(nodes.map((node) => [node.nodeIndex, []]));
  lanes.forEach((lane, at) => {
    if (lane.kind === 'driver') return;
    const group = groups.get(lane.node);
    if (group) group.push(at);
    else groups.set(lane.node, [at]);
  });
  return [...groups].sort(([a], [b]) => (a ?? Infinity) - (b ?? Infinity));
}
