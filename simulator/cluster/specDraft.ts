/** A cluster's spec that may take minutes to be known, since a Python environment or an image is made for it. */
import type { Context, Log } from '../base/context';
import type { ClusterSpec } from '../model/cluster';

export class SpecDraft {
  readonly abort = new AbortController();
  readonly spec: Promise<ClusterSpec>;
  private step: string | null = null;
  private tell = (_step: string): void => {};
  private readonly slow: Promise<null>;

  constructor(log: Log, complete: (ctx: Context) => Promise<ClusterSpec>) {
    this.slow = new Promise((resolve) => (this.tell = () => resolve(null)));
    const step = (text: string): void => {
      this.step = text;
      this.tell(text);
    };
    this.spec = complete({ log, signal: this.abort.signal, step });
  }

  /** The spec where it is known without anything being made, else null. Rejects as `complete` does. */
  soon(): Promise<ClusterSpec | null> {
    return Promise.race([this.spec, this.slow]);
  }

  /** Has the step of this moment and all later ones told. */
  follow(tell: (step: string) => void): void {
    this.tell = tell;
    if (this.step !== null) tell(this.step);
  }
}
