/** What to rent for a deadline or a budget: how many of which nodes, and how many that feed each node with GPUs. */
import type { ClusterChoice, ClusterOption, NodeType } from '../model/scaling';
import { costOf, shapeWords, type Forecast } from './forecast';
import { canHold } from './simCluster';

const COUNTS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
const GPU_COUNTS = [1, 2, 4, 8, 16];
/** Nodes without GPUs for each node with them. */
const INGEST_PER_GPU_NODE = [0, 1, 2, 3, 4, 6, 8];
/** Replays of so many tasks in all are affordable; more candidates are not tried. */
const TASKS_REPLAYED = 3_000_000;

export function chooseCluster(
  forecast: Forecast,
  types: readonly NodeType[],
  wanted: ClusterChoice['wanted'],
): ClusterChoice {
  const tried = new Map<string, Tried>();
  const limit = Math.max(12, Math.floor(TASKS_REPLAYED / Math.max(1, forecast.graph.size)));
  const attempt = (groups: Group[]): void => {
    // By place in the list: types of one name may differ, in memory for one.
    const key = groups.map(({ type, count }) => `${types.indexOf(type)} ${count}`).join('+');
    if (tried.size >= limit || tried.has(key)) return;
    const option = evaluate(forecast, groups);
    if (option) tried.set(key, { option, groups });
  };
  const first = candidates(forecast, types);
  spread(first, limit).forEach(attempt);
  const pick = () => bestOf([...tried.values()], wanted);
  // Then its neighbours, one node more or fewer of each kind.
  for (let round = 0; round < 3; round++) {
    const best = pick();
    if (!best) break;
    neighbours(best.groups).forEach(attempt);
    if (pick() === best) break;
  }
  const options = [...tried.values()].map(({ option }) => option);
  return {
    wanted,
    best: pick()?.option ?? null,
    front: frontOf(options),
    ...(options.length === 0 && { impossible: impossibleWords(forecast, types, first.length > 0) }),
  };
}

const LOOKED_AT = 'of the node types that were looked at';

/** Why nothing was found on which the run comes to an end, and what to do. */
function impossibleWords({ graph }: Forecast, types: readonly NodeType[], isHeld: boolean): string {
  const task = graph.shape.findIndex((shape) => !types.some((type) => canHold(type, graph.shapes[shape]!)));
  const { custom } = task === -1 ? { custom: {} } : graph.shapes[graph.shape[task]!]!;
  const isListable = Object.keys(custom).length === 0;
  const table = ', or add it to the price table: `heliostat prices` says where that lies.';
  const wayOut = `Give another with \`heliostat predict --node-type\`${isListable ? table : '.'}`;
  if (isHeld)
    return `On none ${LOOKED_AT} does the run come to an end, because actors hold what is there as long as it lasts. ${wayOut}`;
  if (task === -1) return `None ${LOOKED_AT} can hold all tasks. ${wayOut}`;
  const { name } = graph.functions[graph.fn[task]!]!;
  return `${name} asks for ${shapeWords(graph.shapes[graph.shape[task]!]!)}, which none ${LOOKED_AT} can hold. ${wayOut}`;
}

interface Group {
  type: NodeType;
  count: number;
}

interface Tried {
  option: ClusterOption;
  groups: Group[];
}

function candidates(forecast: Forecast, types: readonly NodeType[]): Group[][] {
  const shapes = forecast.graph.shapes.filter((_, number) => forecast.graph.shape.includes(number));
  const needsGpu = shapes.some(({ gpus }) => gpus > 0);
  const plain = types.filter(({ gpus }) => gpus === 0);
  const all: Group[][] = [];
  if (!needsGpu) {
    for (const type of plain) for (const count of COUNTS) all.push([{ type, count }]);
  }
  for (const gpuType of needsGpu ? types.filter(({ gpus }) => gpus > 0) : []) {
    for (const gpuNodes of GPU_COUNTS) {
      const withGpu = { type: gpuType, count: gpuNodes };
      for (const ratio of INGEST_PER_GPU_NODE) {
        if (ratio === 0) all.push([withGpu]);
        else for (const type of plain) all.push([withGpu, { type, count: ratio * gpuNodes }]);
      }
    }
  }
  return all.filter((groups) => shapes.every((shape) => groups.some(({ type }) => canHold(type, shape))));
}

/** At most half of `limit` of them, evenly: the rest is for neighbours. */
function spread(all: Group[][], limit: number): Group[][] {
  const step = Math.max(1, all.length / Math.max(1, limit / 2));
  return Array.from({ length: Math.floor(all.length / step) }, (_, at) => all[Math.floor(at * step)]!);
}

function neighbours(groups: readonly Group[]): Group[][] {
  return groups
    .flatMap((_, at) =>
      [-1, 1].map((change) =>
        groups.map((group, other) => (other === at ? { ...group, count: group.count + change } : group)),
      ),
    )
    .filter((near) => near.every(({ count }) => count > 0));
}

function evaluate(forecast: Forecast, groups: Group[]): ClusterOption | null {
  const cluster = forecast.clusterOf(groups);
  if (forecast.refusal(cluster) !== null) return null;
  const { timeMs } = forecast.simulate(cluster);
  const cost = costOf(cluster, timeMs);
  if (Number.isNaN(timeMs) || cost === null) return null;
  return {
    groups: groups.map(({ type: { name, cpus, gpus }, count }) => ({ name, cpus, gpus, count })),
    timeMs,
    cost,
  };
}

function bestOf(all: Tried[], wanted: ClusterChoice['wanted']): Tried | null {
  const meets = all.filter(({ option }) =>
    'deadlineMs' in wanted ? option.timeMs <= wanted.deadlineMs : option.cost <= wanted.budget,
  );
  const by = 'deadlineMs' in wanted ? 'cost' : 'timeMs';
  return meets.reduce<Tried | null>(
    (best, one) => (best === null || one.option[by] < best.option[by] ? one : best),
    null,
  );
}

function frontOf(options: ClusterOption[]): ClusterOption[] {
  const sorted = [...options].sort((a, b) => a.timeMs - b.timeMs || a.cost - b.cost);
  let cheapest = Infinity;
  return sorted.filter(({ cost }) => {
    if (cost >= cheapest) return false;
    cheapest = cost;
    return true;
  });
}
