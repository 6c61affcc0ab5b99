/** Asks Ray's libraries how they go while a job uses them: seldom, and not at all for a job that uses none. */
import { libraryOf, type LibraryName } from '../model/library';
import type { TraceEvent } from '../model/trace';
import type { Endpoint } from '../ray/endpoint';
import { readLibraries } from '../ray/libraries';
import type { TraceStore } from '../trace/traceStore';

const EVERY_MS = 2000;

export class LibraryWatch {
  private readonly used = new Set<LibraryName>();
  private seen = 0;
  private askedMs = -Infinity;
  private busy = false;

  /** `store` tells which libraries are used; `onEvents` hears what came of a question. */
  constructor(
    private readonly store: () => TraceStore,
    private readonly onEvents: (events: TraceEvent[]) => void,
  ) {}

  /** Cheap to call often. */
  look(endpoint: () => Promise<Endpoint>, jobId: string): void {
    this.learn();
    if (this.used.size === 0 || this.busy || performance.now() - this.askedMs < EVERY_MS) return;
    this.askedMs = performance.now();
    this.busy = true;
    void endpoint()
      .then((known) => this.ask(known, jobId))
      .catch(() => undefined)
      .finally(() => (this.busy = false));
  }

  /** How it stands in the end. */
  async last(endpoint: Endpoint, jobId: string): Promise<void> {
    this.learn();
    if (this.used.size > 0) await this.ask(endpoint, jobId);
  }

  private async ask(endpoint: Endpoint, jobId: string): Promise<void> {
    const states = await readLibraries(endpoint, jobId, this.used);
    this.onEvents(states.map((state) => ({ type: 'library', state })));
  }

  private learn(): void {
    const functions = this.store().tasks.functions.values;
    for (; this.seen < functions.length; this.seen++) {
      const library = libraryOf(functions[this.seen]!);
      if (library) this.used.add(library);
    }
  }
}
