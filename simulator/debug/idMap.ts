/** The numbers by which each process names its frames, variables and sources, as numbers of one session. */
import type { Debuggee } from './debuggee';

export interface Local {
  debuggee: Debuggee;
  id: number;
}

export class IdMap {
  private readonly locals = new Map<number, Local>();
  private readonly globals = new Map<Debuggee, Map<number, number>>();
  private next = 1;

  /** The session's number for a process's; 0 stays 0, which the protocol reads as none. */
  toGlobal(debuggee: Debuggee, id: number): number {
    if (id === 0) return 0;
    let ids = this.globals.get(debuggee);
    if (!ids) this.globals.set(debuggee, (ids = new Map<number, number>()));
    let global = ids.get(id);
    if (global === undefined) {
      global = this.next++;
      ids.set(id, global);
      this.locals.set(global, { debuggee, id });
    }
    return global;
  }

  toLocal(global: number): Local | null {
    return this.locals.get(global) ?? null;
  }

  forget(debuggee: Debuggee): void {
    for (const global of this.globals.get(debuggee)?.values() ?? []) this.locals.delete(global);
    this.globals.delete(debuggee);
  }
}
