/** From points to what the chart draws: columns, ranges, ticks. Pure. */
import type { Bounds, ScalingPoint } from '../../simulator/model/scaling';

export type BoundName = keyof Bounds;

/** In the words of the page. */
export const BOUND_WORDS: Record<BoundName, { title: string; hint: string }> = {
  criticalPathMs: {
    title: 'Critical path',
    hint: 'The longest chain of tasks that wait for each other: no cluster is faster',
  },
  workMs: { title: 'Work ÷ capacity', hint: 'All the work on every CPU or GPU at once, without a gap' },
  driverMs: { title: 'Driver alone', hint: "The driver's own time: submitting, and what it does in between" },
  networkMs: { title: 'Network', hint: 'The bytes that must travel between nodes' },
};

export interface Curves {
  nodes: number[];
  timeMs: number[];
  lowMs: number[];
  highMs: number[];
  /** Only bounds that come near the curve: others would stretch the chart and say nothing. */
  bounds: { name: BoundName; ms: (number | null)[] }[];
  range: { nodes: [from: number, to: number]; ms: [from: number, to: number] };
}

/** A bound under this share of the curve everywhere is left out. */
const NEAR = 0.02;

/** Points in order of their sizes; at least one. */
export function curvesOf(points: readonly ScalingPoint[], others: readonly number[]): Curves {
  const sorted = [...points].sort((a, b) => a.nodes - b.nodes);
  const bounds = (Object.keys(BOUND_WORDS) as BoundName[])
    .filter((name) => sorted.some((point) => point.bounds[name] >= NEAR * point.timeMs))
    .map((name) => ({ name, ms: sorted.map((point) => positive(point.bounds[name])) }));
  const nodes = sorted.map((point) => point.nodes);
  const column = (read: (point: ScalingPoint) => number) => sorted.map(read);
  const [lowMs, highMs] = [column((point) => point.lowMs), column((point) => point.highMs)];
  const shown = [
    ...lowMs,
    ...highMs,
    ...others,
    ...bounds.flatMap(({ ms }) => ms.filter((one) => one !== null)),
  ];
  return {
    nodes,
    timeMs: column((point) => point.timeMs),
    lowMs,
    highMs,
    bounds,
    range: {
      nodes: [nodes[0]! / 1.12, nodes.at(-1)! * 1.12],
      ms: [Math.min(...shown) / 1.35, Math.max(...shown) * 1.35],
    },
  };
}

function positive(ms: number): number | null {
  return ms > 0 ? ms : null;
}

/** Powers of two within the range, thinned so that at most `most` stand on the axis. */
export function nodeTicks(from: number, to: number, most: number): number[] {
  const all: number[] = [];
  for (let tick = 1; tick <= to; tick *= 2) if (tick >= from) all.push(tick);
  const step = Math.max(1, Math.ceil(all.length / Math.max(1, most)));
  return all.filter((_, index) => index % step === 0);
}

const ROUND_SECONDS = [
  1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 18_000, 36_000, 86_400,
];

/** Round durations within the range, in ms: 1, 2, 5 below a second, then what clocks show. */
export function timeTicks(fromMs: number, toMs: number, most: number): number[] {
  const small = [1, 10, 100].flatMap((ten) => [ten, 2 * ten, 5 * ten]);
  const days = [2, 5, 10, 20, 50, 100].map((day) => day * 86_400_000);
  const all = [...small, ...ROUND_SECONDS.map((second) => second * 1000), ...days].filter(
    (tick) => tick >= fromMs && tick <= toMs,
  );
  const step = Math.max(1, Math.ceil(all.length / Math.max(1, most)));
  return all.filter((_, index) => (all.length - 1 - index) % step === 0);
}

/** The size that a run's own cluster is; null where sizes count nodes of several kinds, and it is none of them. */
export function measuredSize(
  nodes: readonly { cpus: number; gpus: number }[],
  points: readonly ScalingPoint[],
): number | null {
  const sum = (key: 'cpus' | 'gpus') => nodes.reduce((all, node) => all + node[key], 0);
  const same = points.find(({ cpus, gpus }) => cpus === sum('cpus') && gpus === sum('gpus'));
  const areAlike = nodes.every(({ gpus }) => gpus > 0) || nodes.every(({ gpus }) => gpus === 0);
  return same?.nodes ?? (areAlike ? nodes.length : null);
}
