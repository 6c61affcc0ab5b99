/** A cluster's worker processes and what they run on: the cores of one machine that plays all nodes, or machines of their own. */
import { Cores, TURN } from './cores';
import { EVENT, type Events } from './events';
import { Processor } from './processor';
import { SharedStarts } from './sharedStarts';
import { nodeCount } from './simCluster';
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
    const { host, groups } = cluster;
    this.cores = host ? new Cores(coresLeft(input, host.cores), events, random) : null;
    this.cpu = new Processor(host?.cores, this.cores);
    const atOnce = groups.flatMap(({ type, count }) =>
      Array.from({ length: count }, () => Math.max(1, Math.min(host?.cores ?? 1, Math.floor(type.cpus)))),
    );
    this.starts =
      this.cores && new SharedStarts(this.cores, atOnce, events, costs, host?.isFirstJob === true);
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

function coresLeft({ cluster, costs }: SimInput, cores: number): number {
  const busy = costs.headCores + costs.nodeCores * (nodeCount(cluster) - 1);
  return Math.max(cores * LEAST_LEFT, cores - busy);
}
