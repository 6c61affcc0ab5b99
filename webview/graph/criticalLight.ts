/** The critical path over the graph: asked for when it is switched on, lit until it is switched off. */
import type { CriticalPath } from '../../simulator/model/views';
import type { Ask } from '../ask';
import * as format from '../format';

const FRESH_MS = 1000;

export class CriticalLight {
  isOn = false;
  path: CriticalPath | null = null;
  private asked = { runId: '', version: 0, atMs: 0 };

  constructor(
    private readonly ask: Ask,
    private readonly onChanged: () => void,
  ) {}

  toggle(): void {
    this.isOn = !this.isOn;
    this.asked.version = 0;
    this.onChanged();
  }

  /** Asks anew where the run has gone on. */
  show(runId: string, version: number): void {
    if (runId !== this.asked.runId) this.path = null;
    if (!this.isOn || (runId === this.asked.runId && version === this.asked.version)) return;
    if (runId === this.asked.runId && this.path && performance.now() - this.asked.atMs < FRESH_MS) return;
    this.asked = { runId, version, atMs: performance.now() };
    this.ask('runs.criticalPath', { id: runId }).then(
      (path) => {
        if (runId === this.asked.runId) this.path = path;
        this.onChanged();
      },
      () => undefined,
    );
  }

  hasNode(id: string): boolean {
    return this.path?.functions.includes(id) ?? false;
  }

  hasEdge(from: string, to: string): boolean {
    return this.path?.edges.some((edge) => edge.from === from && edge.to === to) ?? false;
  }

  /** `Critical path: 12 tasks in 3.2 s: 70 % ran, 20 % was queued, 10 % passed before it was submitted.` */
  words(): string {
    const { path } = this;
    if (!path) return 'Looking for the critical path …';
    if (path.length === 0) return 'No task has ended yet, so there is no critical path.';
    const sum = path.ranMs + path.waitedMs + path.queuedMs;
    const share = (ms: number): string => format.percent(sum === 0 ? 0 : (100 * ms) / sum);
    const parts = [`${share(path.ranMs)} ran`];
    if (path.queuedMs > 0) parts.push(`${share(path.queuedMs)} was queued`);
    if (path.waitedMs > 0) parts.push(`${share(path.waitedMs)} passed before it was submitted`);
    return `Critical path: ${format.countOf(path.length, 'task')} in ${format.duration(path.totalMs)}: ${parts.join(', ')}.`;
  }
}
