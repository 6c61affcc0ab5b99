/** How slow this machine is at starting workers, from how long they took in a run on it. */
import { median } from './capturedTasks';
import { Cores } from './cores';
import { EVENT, Events } from './events';
import { coresLeft, startsAtOnce } from './machine';
import type { MeasuredPlace } from './measuredPlace';
import type { Overheads } from './overheads';
import { Random } from './random';
import { SharedStarts } from './sharedStarts';
import type { Host } from './simCluster';

/**
 * What else the machine did meanwhile looks the same as a slow machine: so much of the difference is believed, of 1. Nothing
 * makes starts look faster than they are.
 */
const TRUST_IN_SLOW = 0.5;
const MOST = 4;

/** So many times as long as usual; 1 where the run does not show it. `cpus` are those of each node. */
export function startFactor(
  { startsMs }: Pick<MeasuredPlace, 'startsMs'>,
  cpus: readonly number[],
  host: Host,
  costs: Overheads,
): number {
  const usualMs = usualStarts(
    startsMs.map(({ length }) => length),
    cpus,
    host,
    costs,
  );
  const ratios = startsMs.flatMap((seen, node) => {
    const [seenMs, nodeMs] = [laterHalf(seen), laterHalf(usualMs[node]!)];
    return seenMs.map((ms, at) => ms / nodeMs[at]!);
  });
  const ratio = ratios.length > 0 ? median(ratios) : 1;
  if (!(ratio > 0)) return 1;
  return ratio <= 1 ? Math.max(1 / MOST, ratio) : Math.min(MOST, ratio) ** TRUST_IN_SLOW;
}

/** The first of a node may have been there already. */
function laterHalf(ms: readonly number[]): number[] {
  return [...ms].sort((a, b) => a - b).slice(ms.length >> 1);
}

/** By node, when each of so many workers is there that all are asked for at once, while the cores do nothing else. */
function usualStarts(
  counts: readonly number[],
  cpus: readonly number[],
  host: Host,
  costs: Overheads,
): number[][] {
  const events = new Events();
  const cores = new Cores(coresLeft(host, counts.length, costs), events, new Random(1));
  const atOnce = cpus.map((one) => startsAtOnce(host, one));
  const starts = new SharedStarts(cores, atOnce, events, costs, host.isFirstJob === true);
  const readyMs: number[][] = counts.map(() => []);
  counts.forEach((count, node) => {
    for (let worker = 0; worker < count; worker++) starts.want(node, node, 0);
  });
  while (events.next()) {
    if (events.kind === EVENT.coreWanted) cores.wanted(events.arg);
    else if (events.kind === EVENT.coreFree) cores.due(events.arg);
    else if (events.kind === EVENT.workerStarted) starts.started(events.arg);
    else if (events.kind === EVENT.workerReady) starts.ready(events.arg);
    else readyMs[events.arg]!.push(events.now);
  }
  return readyMs;
}
