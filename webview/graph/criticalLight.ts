/** The critical path over the graph: asked for when it is switched on, lit until it is switched off. */
import type { CriticalPath } from '../../simulator/model/views';
import type { Ask } from '../ask';
import * as format from '../../simulator/model/format';
import { Pace } from './pace';

const FRESH_MS = 1000;

export class CriticalLight {
  isOn = false;
  path: CriticalPath | null = null;
  private runId = '';
  private readonly pace = new Pace(FRESH_MS, () => this.onChanged());

  constructor(
    private readonly ask: Ask,
    private readonly onChanged: () => void,
  ) {}

  toggle(): void {
    this.isOn = !this.isOn;
    this.pace.forget();
    this.onChanged();
  }

  /** Asks anew where the run has gone on. */
  show(runId: string, version: number): void {
    if (runId !== this.runId) this.path = null;
    this.runId = runId;
    if (!this.isOn || !this.pace.isDue(runId, version)) return;
    this.ask('runs.criticalPath', { id: runId }).then(
      (path) => {
        if (runId === this.runId) this.path = path;
        this.onChanged();
      },
      () => this.pace.forget(),
    );
  }

  hasNode(id: string): boolean {
    return this.path?.groups.includes(id) ?? false;
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
