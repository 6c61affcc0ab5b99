/**
 * The threads that the client sees: the driver's main one, and others while they are stopped or stepping.
 * A process's number of a thread becomes one of the session's, for as long as the process lives.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Debuggee } from './debuggee';
import { IdMap, type Local } from './idMap';

export interface ShownThread {
  id: number;
  local: Local;
  name: string;
  /** What it runs, by Ray's task id; null outside tasks. */
  task: string | null;
  isStopped: boolean;
  /** The driver's main thread, which is always shown. */
  isMain: boolean;
}

export class Threads {
  private readonly ids = new IdMap();
  private readonly shown = new Map<number, ShownThread>();

  constructor(private readonly send: (event: string, body: object) => void) {}

  list(): DebugProtocol.Thread[] {
    return [...this.shown.values()].map(({ id, name }) => ({ id, name }));
  }

  all(): ShownThread[] {
    return [...this.shown.values()];
  }

  get(id: number): ShownThread | null {
    return this.shown.get(id) ?? null;
  }

  find(debuggee: Debuggee, local: number): ShownThread | null {
    return this.get(this.idOf(debuggee, local));
  }

  /** The session's number of a thread, also of one that is not shown. */
  idOf(debuggee: Debuggee, local: number): number {
    return this.ids.toGlobal(debuggee, local);
  }

  show(debuggee: Debuggee, local: number, name: string, task: string | null, isMain = false): ShownThread {
    const id = this.ids.toGlobal(debuggee, local);
    const known = this.shown.get(id);
    const thread: ShownThread = {
      id,
      local: { debuggee, id: local },
      name,
      task,
      isStopped: known?.isStopped ?? false,
      isMain: isMain || known?.isMain === true,
    };
    this.shown.set(id, thread);
    if (!known) this.send('thread', { reason: 'started', threadId: id });
    return thread;
  }

  /** A thread that runs free is out of sight, unless it is the main one or has stopped anew meanwhile. */
  free(thread: ShownThread): void {
    thread.isStopped = false;
    if (!thread.isMain && this.shown.get(thread.id) === thread) this.hide(thread);
  }

  forget(debuggee: Debuggee): void {
    for (const thread of this.all()) if (thread.local.debuggee === debuggee) this.hide(thread);
    this.ids.forget(debuggee);
  }

  private hide(thread: ShownThread): void {
    if (this.shown.delete(thread.id)) this.send('thread', { reason: 'exited', threadId: thread.id });
  }
}
