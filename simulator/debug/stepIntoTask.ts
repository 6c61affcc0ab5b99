/**
 * Stepping into `f.remote(x)`: the thread that steps is told to name the task that it submits in a file that every node
 * sees; whoever begins that task stops in its first line. Until the task is named, processes hold what they begin.
 */
import { readFileSync, rmSync } from 'node:fs';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Debuggee } from './debuggee';
import { evaluateAtTop, topFrame } from './frames';
import type { ShownThread } from './threads';

/** A call may go on over some lines. */
const STATEMENT_LINES = 4;
/** Until what was stepped into is there, where a worker is free; clients that are told of both at once may look at either. */
const ARRIVAL_MS = 1000;

interface Caller {
  thread: ShownThread;
  frame: DebugProtocol.StackFrame;
  /** The thread that has begun what was stepped into, once it has. */
  target: number | null;
  hasArrived: Promise<void>;
  arrive(): void;
}

export class StepIntoTask {
  private caller: Caller | null = null;
  /** Who stepped last, until its own step has ended too. */
  private away: Caller | null = null;
  /** Tasks that were stepped into, with where they were submitted. */
  private readonly targets = new Map<string, Caller>();
  private nextFrameId = -1;

  constructor(
    private readonly file: () => string | null,
    private readonly sourceOf: (debuggee: Debuggee, source: DebugProtocol.Source) => DebugProtocol.Source,
  ) {}

  /** Before a thread steps in: when its line submits something, that is what it steps into. */
  async prepare(thread: ShownThread): Promise<void> {
    if (this.file() === null) return;
    const { debuggee, id } = thread.local;
    const frame = await topFrame(debuggee, id);
    if (!submitsAt(frame)) return;
    await evaluateAtTop(debuggee, id, `__import__('heliostat_debugger').arm()`);
    let arrive = () => {};
    const hasArrived = new Promise<void>((resolve) => (arrive = resolve));
    this.caller = this.away = { thread, frame, target: null, hasArrived, arrive };
  }

  /** A thread has stopped: whether it is the task that was stepped into. */
  arrived(thread: ShownThread): boolean {
    const file = this.file();
    if (file === null || thread.task === null || !this.caller) return false;
    if (!namedTasks(file).includes(thread.task)) return false;
    this.targets.set(thread.task, this.caller);
    this.caller.target = thread.id;
    // Once the client has been told.
    setImmediate(this.caller.arrive);
    this.caller = null;
    rmSync(file, { force: true });
    return true;
  }

  /**
   * A thread has stopped: when it is the one that stepped and it submitted nothing, nothing is waited for any more.
   * Returns the thread into which it has stepped, where that is there first or soon.
   */
  async returned(thread: ShownThread): Promise<number | null> {
    const { away } = this;
    if (away?.thread.id !== thread.id) return null;
    this.away = null;
    if (this.caller === away) await this.disarm(thread);
    const isLate = new Promise((resolve) => setTimeout(resolve, ARRIVAL_MS).unref());
    if (this.caller === away) await Promise.race([away.hasArrived, isLate]);
    return away.target;
  }

  private async disarm(thread: ShownThread): Promise<void> {
    const file = this.file();
    await evaluateAtTop(
      thread.local.debuggee,
      thread.local.id,
      `__import__('heliostat_debugger').disarm()`,
    ).catch(() => undefined);
    if (file === null || namedTasks(file).length === 0) this.caller = null;
  }

  /** For the end of a task's stack: from where it was submitted. */
  callers(thread: ShownThread): DebugProtocol.StackFrame[] {
    const caller = thread.task === null ? undefined : this.targets.get(thread.task);
    if (!caller) return [];
    const { frame } = caller;
    const { debuggee } = caller.thread.local;
    const label = { id: this.nextFrameId--, name: `submitted by ${caller.thread.name}`, line: 0, column: 0 };
    return [
      { ...label, presentationHint: 'label' },
      {
        ...frame,
        id: this.nextFrameId--,
        presentationHint: 'subtle',
        ...(frame.source ? { source: this.sourceOf(debuggee, frame.source) } : {}),
      },
    ];
  }
}

function submitsAt({ source, line }: DebugProtocol.StackFrame): boolean {
  if (!source?.path) return false;
  try {
    const lines = readFileSync(source.path, 'utf8').split('\n');
    return lines.slice(line - 1, line - 1 + STATEMENT_LINES).some((text) => text.includes('.remote('));
  } catch {
    return false;
  }
}

function namedTasks(file: string): string[] {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { tasks: string[] }).tasks;
  } catch {
    return [];
  }
}
