/**
 * Ray's brake on worker processes: a function that already holds as many workers of a node as could run there at once
 * gets one more only after a second, then two, four … (`worker_cap_*` of ray_config_def.h, local_lease_manager.cc). It is
 * met where tasks that wait in `ray.get` have lent their CPUs.
 */
import { EVENT, type Events } from './events';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 10_000;

export class WorkerCap {
  /** When a function that is held back may have one more; infinite while nobody has looked. */
  private readonly nextMs: Float64Array;

  constructor(
    private readonly nodeCpus: Float64Array,
    private readonly classCpus: Float64Array,
  ) {
    this.nextMs = new Float64Array(nodeCpus.length * classCpus.length).fill(Infinity);
  }

  /** Whether a function that holds so many workers of a node has to wait; the node looks again when it need not. */
  holdsBack(node: number, cls: number, holds: number, events: Events): boolean {
    const cpus = this.classCpus[cls]!;
    if (cpus === 0 || this.nodeCpus[node] === 0) return false;
    const over = holds - Math.round(this.nodeCpus[node]! / cpus);
    const at = node * this.classCpus.length + cls;
    const dueMs = this.nextMs[at]!;
    if (over < 0 || events.now >= dueMs) return false;
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** over);
    this.nextMs[at] = Math.min(dueMs, events.now + waitMs);
    if (dueMs === Infinity) events.at(events.now + waitMs, EVENT.nodeRetries, node);
    return true;
  }

  granted(node: number, cls: number): void {
    this.nextMs[node * this.classCpus.length + cls] = Infinity;
  }
}
