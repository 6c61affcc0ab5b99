/**
 * Stepping into `f.remote(x)`: the thread that steps names the task that it submits, and whoever begins that task stops
 * in its first line. Until then every process asks of each task that it begins whether that is it.
 */
import { readFileSync } from 'node:fs';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Debuggee } from './debuggee';
import { evaluateAtTop, topFrame } from './frames';
import type { ShownThread } from './threads';

/** A call may go on over some lines. */
const STATEMENT_LINES = 4;
/** Until what was stepped into is there, where a worker is free; clients that are told of both at once may look at either. */
const ARRIVAL_MS = 1000;
/** A task that begins waits so long for the submitting thread to name what it submits. */
const NAMED_MS = 2000;
/** Processes that answer later do not hold the step. */
const ANSWER_MS = 1500;

interface Caller {
  thread: ShownThread;
  frame: DebugProtocol.StackFrame;
  /** The thread that has begun what was stepped into, once it has. */
  target: number | null;
  hasArrived: Promise<void>;
  arrive(): void;
}

/** A step that is under way: what it goes into, once that is known. */
interface Step {
  /** Null until it is known. */
  task: string | null;
  /** Once it is known, or never will be. */
  named: Promise<string | null>;
  name(task: string | null): void;
}

export class StepIntoTask {
  private step: Step | null = null;
  private caller: Caller | null = null;
  /** Who stepped last, until its own step has ended too. */
  private away: Caller | null = null;
  /** Tasks that were stepped into, with where they were submitted. */
  private readonly targets = new Map<string, Caller>();
  private nextFrameId = -1;

  constructor(
    private readonly debuggees: () => Iterable<Debuggee>,
    private readonly sourceOf: (debuggee: Debuggee, source: DebugProtocol.Source) => DebugProtocol.Source,
  ) {}

  /** To a process that has just come. */
  async greet(debuggee: Debuggee): Promise<void> {
    if (this.step) await hold(debuggee, true);
  }

  /** Some thread is about to submit what is stepped into. */
  async begin(): Promise<void> {
    this.finish();
    this.step = newStep();
    await this.holdAll(true);
  }

  /** Before a thread steps in: when its line submits something, that is what it steps into. */
  async prepare(thread: ShownThread): Promise<void> {
    const { debuggee, id } = thread.local;
    const frame = await topFrame(debuggee, id);
    if (!submitsAt(frame)) return;
    await this.begin();
    try {
      await evaluateAtTop(debuggee, id, `__import__('heliostat_debugger').arm()`);
    } catch (error) {
      this.finish();
      throw error;
    }
    let arrive = () => {};
    const hasArrived = new Promise<void>((resolve) => (arrive = resolve));
    this.caller = this.away = { thread, frame, target: null, hasArrived, arrive };
  }

  /** A process has ended. */
  gone(debuggee: Debuggee): void {
    if (this.caller?.thread.local.debuggee === debuggee) this.finish();
  }

  /** The thread that steps has submitted something. */
  submitted(task: string): void {
    this.step?.name(task);
  }

  /** A task begins: whether it is what somebody steps into. */
  async begins(task: string): Promise<boolean> {
    const isLate = new Promise<null>((resolve) => setTimeout(resolve, NAMED_MS, null).unref());
    return this.step !== null && (await Promise.race([this.step.named, isLate])) === task;
  }

  /** A thread has stopped: whether it is the task that was stepped into. */
  arrived(thread: ShownThread): boolean {
    const { step, caller } = this;
    if (!step || thread.task === null || step.task !== thread.task) return false;
    this.finish();
    if (!caller) return false;
    this.targets.set(thread.task, caller);
    caller.target = thread.id;
    // Once the client has been told.
    setImmediate(caller.arrive);
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
    const { debuggee, id } = thread.local;
    await evaluateAtTop(debuggee, id, `__import__('heliostat_debugger').disarm()`).catch(() => undefined);
    if (this.step?.task === null) this.finish();
  }

  private finish(): void {
    this.caller = null;
    if (!this.step) return;
    this.step.name(null);
    this.step = null;
    void this.holdAll(false);
  }

  private async holdAll(isHeld: boolean): Promise<void> {
    const all = [...this.debuggees()].map((debuggee) => hold(debuggee, isHeld).catch(() => undefined));
    await Promise.race([Promise.all(all), new Promise((resolve) => setTimeout(resolve, ANSWER_MS).unref())]);
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

function hold(debuggee: Debuggee, isHeld: boolean): Promise<void> {
  return debuggee.execute(`__import__('heliostat_debugger').hold(${isHeld ? 'True' : 'False'})`);
}

function newStep(): Step {
  let resolve: (task: string | null) => void = () => {};
  const named = new Promise<string | null>((done) => (resolve = done));
  const step: Step = {
    task: null,
    named,
    name: (task) => {
      step.task = task;
      resolve(task);
    },
  };
  return step;
}
