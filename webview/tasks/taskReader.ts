/** Details of single tasks, from the engine, a few of them kept: what the mouse passes over is asked for once. */
import type { TaskDetails } from '../../simulator/model/views';
import type { Ask } from '../ask';

const KEPT = 300;
/** What has ended may still get consumers: asked for again, but not with every change. */
const FRESH_MS = 2000;

interface Kept {
  version: number;
  atMs: number;
  details: TaskDetails | null;
}

export class TaskReader {
  private runId: string | null = null;
  private version = 0;
  private readonly kept = new Map<string | number, Kept>();
  private readonly pending = new Map<string | number, Promise<TaskDetails | null>>();

  constructor(
    private readonly ask: Ask,
    private readonly onRead: () => void,
  ) {}

  show(runId: string, version: number): void {
    if (runId !== this.runId) this.kept.clear();
    this.runId = runId;
    this.version = version;
  }

  /** By id or row. What is known at once; asks for what is not, or what may have changed, and tells when it is there. */
  get(task: string | number): TaskDetails | null {
    const known = this.kept.get(task);
    const open = known?.details?.task.endMs === null;
    const old = known !== undefined && known.version !== this.version;
    if (!known || (old && (open || performance.now() - known.atMs > FRESH_MS))) void this.read(task);
    return known?.details ?? null;
  }

  /** From the engine; null when there is no such task. */
  async read(task: string | number): Promise<TaskDetails | null> {
    const { runId, version } = this;
    const pending = this.pending.get(task);
    if (pending) return pending;
    if (runId === null) return null;
    const reading = this.ask('runs.task', { id: runId, task }).catch(() => null);
    this.pending.set(task, reading);
    const details = await reading;
    this.pending.delete(task);
    if (runId !== this.runId) return null;
    this.keep(task, { version, atMs: performance.now(), details });
    this.onRead();
    return details;
  }

  private keep(task: string | number, entry: Kept): void {
    for (const key of entry.details ? [task, entry.details.task.id] : [task]) {
      this.kept.delete(key);
      this.kept.set(key, entry);
    }
    while (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value!);
  }
}
