/** A cluster's worker processes and what they run on: the cores of one machine that plays all nodes, or machines of their own. */
import { Cores, TURN } from './cores';
import { EVENT, type Events } from './events';
import { Processor } from './processor';
import { SharedStarts } from './sharedStarts';
import { nodeCount, type Host } from './simCluster';
import type { Overheads } from './overheads';
import type { SimInput } from './simInput';
import type { Random } from './random';
import { Workers } from './workers';

/** However much Ray itself needs, some of a machine is left. */
const LEAST_LEFT = 0.25;

export class Machine {
  /** Ray's own work for single tasks. */
  readonly cpu: Processor;
  readonly workers: Workers;
  private readonly cores: Cores | null;
  private readonly starts: SharedStarts | null;

  constructor(
    private readonly input: SimInput,
    private readonly events: Events,
    random: Random,
  ) {
    const { cluster, costs } = input;
    const { host } = cluster;
    this.cores = host ? new Cores(coresLeft(host, nodeCount(cluster), costs), events, random) : null;
    this.cpu = new Processor(host?.cores, this.cores);
    this.starts = this.cores && host ? startsOf(input, host, this.cores, events) : null;
    this.workers = new Workers(cluster, costs, this.starts);
  }

  /** An event after own time of a program (0: the driver; t + 1: task t) from `fromMs` on, and `restMs` without a core. */
  after(program: number, fromMs: number, ownMs: number, restMs: number, kind: number, arg: number): void {
    if (this.cores === null) return this.events.at(fromMs + ownMs + restMs, kind, arg);
    const { cpuShare, driverCpuShare } = this.input.prepared.graph;
    const share = program === 0 ? driverCpuShare : (cpuShare?.[program - 1] ?? 0);
    const turn = program === 0 ? TURN.script : TURN.task;
    this.cores.after(fromMs, { ms: ownMs, share }, restMs, kind, arg, turn);
  }

  handle(kind: number, arg: number): void {
    if (kind === EVENT.coreWanted) this.cores!.wanted(arg);
    else if (kind === EVENT.coreFree) this.cores!.due(arg);
    else if (kind === EVENT.workerStarted) this.starts!.started(arg);
    else if (kind === EVENT.workerReady) this.workers.ready(arg, this.events.now);
  }
}

function startsOf({ cluster, costs }: SimInput, host: Host, cores: Cores, events: Events): SharedStarts {
  const { startFactor = 1, isFirstJob = false } = host;
  const atOnce = cluster.groups.flatMap(({ type, count }) =>
    new Array<number>(count).fill(startsAtOnce(host, type.cpus)),
  );
  const own = {
    workerStartMs: costs.workerStartMs * startFactor,
    workerStartCpuMs: costs.workerStartCpuMs * startFactor,
    workerReadyCpuMs: costs.workerReadyCpuMs * startFactor,
    grantMs: costs.grantMs,
  };
  return new SharedStarts(cores, atOnce, events, own, isFirstJob);
}

/** How many workers a node of so many CPUs starts at a time (`maximum_startup_concurrency` of services.py). */
export function startsAtOnce({ cores }: Host, cpus: number): number {
  return Math.max(1, Math.min(cores, Math.floor(cpus)));
}

/** Cores that Ray's own processes leave to what runs on so many nodes. */
export function coresLeft({ cores }: Host, nodes: number, costs: Overheads): number {
  const busy = costs.headCores + costs.nodeCores * (nodes - 1);
  return Math.max(cores * LEAST_LEFT, cores - busy);
}
