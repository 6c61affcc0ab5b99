/** What the client wants to stop at, kept for the processes that come later, and what the processes say of it. */
import { existsSync } from 'node:fs';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Debuggee } from './debuggee';
import type { TaskWatch } from './taskWatch';

type SetResult = { breakpoints?: DebugProtocol.Breakpoint[] } | undefined;

/** Processes that answer later do so for themselves. */
const ANSWER_MS = 1500;

interface Line {
  id: number;
  wanted: DebugProtocol.SourceBreakpoint;
  state: DebugProtocol.Breakpoint;
}

export class Breakpoints {
  private readonly sources = new Map<string, { source: DebugProtocol.Source; lines: Line[] }>();
  private functions: DebugProtocol.FunctionBreakpoint[] = [];
  private exceptions: DebugProtocol.SetExceptionBreakpointsArguments = { filters: ['uncaught'] };
  /** A process's number of a breakpoint to ours. */
  private readonly ids = new Map<Debuggee, Map<number, number>>();
  private nextId = 1;

  constructor(
    private readonly debuggees: () => Iterable<Debuggee>,
    private readonly onChanged: (breakpoint: DebugProtocol.Breakpoint) => void,
    private readonly tasks: TaskWatch,
  ) {}

  /** The state of each as the process knows it that answers first; before there is one, as the file lets expect. */
  async setLines(args: DebugProtocol.SetBreakpointsArguments): Promise<DebugProtocol.Breakpoint[]> {
    const file = args.source.path ?? '';
    const lines = (args.breakpoints ?? []).map((wanted): Line => {
      const id = this.nextId++;
      // What has a reference is a process's own copy.
      const verified = Boolean(args.source.sourceReference) || existsSync(file);
      const why = verified ? {} : { message: 'There is no such file.' };
      return { id, wanted, state: { id, verified, line: wanted.line, source: args.source, ...why } };
    });
    this.sources.set(file, { source: args.source, lines });
    await this.everywhere((debuggee) => this.sendLines(debuggee, file));
    return lines.map(({ state }) => state);
  }

  async setFunctions(
    args: DebugProtocol.SetFunctionBreakpointsArguments,
  ): Promise<DebugProtocol.Breakpoint[]> {
    this.tasks.clear();
    const known = await Promise.all(args.breakpoints.map(({ name }) => this.tasks.add(name)));
    this.functions = args.breakpoints.filter((_, at) => known[at] === undefined);
    await this.everywhere((debuggee) => this.sendFunctions(debuggee));
    return known.map((why = null) => ({
      id: this.nextId++,
      verified: why === null,
      ...(why === null ? {} : { message: why }),
    }));
  }

  async setExceptions(args: DebugProtocol.SetExceptionBreakpointsArguments): Promise<void> {
    this.exceptions = args;
    await this.everywhere((debuggee) => debuggee.request('setExceptionBreakpoints', this.exceptions));
  }

  /** All of it, to a process that has just come. */
  async sendAll(debuggee: Debuggee): Promise<void> {
    await Promise.all([
      ...[...this.sources.keys()].map((file) => this.sendLines(debuggee, file)),
      this.sendFunctions(debuggee),
      debuggee.request('setExceptionBreakpoints', this.exceptions),
    ]);
  }

  /** A process found out more: its code has been loaded. */
  changedIn(debuggee: Debuggee, breakpoint: DebugProtocol.Breakpoint): void {
    const id = this.ids.get(debuggee)?.get(breakpoint.id ?? -1);
    const line = [...this.sources.values()].flatMap(({ lines }) => lines).find((one) => one.id === id);
    if (line) this.learn(line, breakpoint);
  }

  toGlobal(debuggee: Debuggee, ids: number[] | undefined): number[] {
    return (ids ?? []).flatMap((id) => this.ids.get(debuggee)?.get(id) ?? []);
  }

  forget(debuggee: Debuggee): void {
    this.ids.delete(debuggee);
  }

  private async sendLines(debuggee: Debuggee, file: string): Promise<void> {
    const { source, lines } = this.sources.get(file)!;
    const breakpoints = lines.map(({ wanted }) => wanted);
    const result = await debuggee.request<SetResult>('setBreakpoints', { source, breakpoints });
    let ids = this.ids.get(debuggee);
    if (!ids) this.ids.set(debuggee, (ids = new Map<number, number>()));
    for (const [at, answer] of (result?.breakpoints ?? []).entries()) {
      const line = lines[at];
      if (!line) continue;
      if (answer.id !== undefined) ids.set(answer.id, line.id);
      this.learn(line, answer);
    }
  }

  private async sendFunctions(debuggee: Debuggee): Promise<void> {
    await Promise.all([
      debuggee.request('setFunctionBreakpoints', { breakpoints: this.functions }),
      this.tasks.send(debuggee),
    ]);
  }

  /** One process that could place it is enough; one that could not (its code lies elsewhere) does not undo that. */
  private learn(line: Line, answer: DebugProtocol.Breakpoint): void {
    const { state } = line;
    if (!answer.verified) return;
    const isNews = !state.verified || (answer.line !== undefined && answer.line !== state.line);
    Object.assign(state, { verified: true, line: answer.line ?? state.line });
    delete state.message;
    if (isNews) this.onChanged(state);
  }

  private async everywhere(send: (debuggee: Debuggee) => Promise<unknown>): Promise<void> {
    const all = [...this.debuggees()].map((debuggee) => send(debuggee).catch(() => undefined));
    const late = new Promise((resolve) => setTimeout(resolve, ANSWER_MS).unref());
    await Promise.race([Promise.all(all), late]);
  }
}
