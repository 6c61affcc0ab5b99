/** Threads that stop and go on: what the client is told, and what it asks for. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { type Debuggee, RequestError } from './debuggee';
import { evaluateAtTop } from './frames';
import type { StepIntoTask } from './stepIntoTask';
import type { ShownThread, Threads } from './threads';

const RESUME_MS = 2000;

type Step = 'next' | 'stepIn' | 'stepOut';

export interface StopsOptions {
  threads: Threads;
  send(event: string, body: object): void;
  debuggees(): Iterable<Debuggee>;
  /** The session's numbers of breakpoints for a process's. */
  breakpointIds(debuggee: Debuggee, ids: number[] | undefined): number[];
  /** No thread of the process is stopped any more. */
  onFree(debuggee: Debuggee): void;
  stepIntoTask: StepIntoTask;
}

interface Described {
  name: string;
  task: string;
}

export class Stops {
  /** Whether a stop stops everything else as well. */
  pauseAll = false;

  constructor(private readonly options: StopsOptions) {}

  async stopped(debuggee: Debuggee, body: DebugProtocol.StoppedEvent['body']): Promise<void> {
    const { threads, stepIntoTask } = this.options;
    const local = body.threadId ?? 0;
    const known = threads.find(debuggee, local);
    const described = debuggee.isDriver ? null : await describe(debuggee, local).catch(() => null);
    const name = debuggee.isDriver ? (known?.name ?? 'driver') : (described?.name ?? 'worker');
    const thread = threads.show(
      debuggee,
      local,
      known && debuggee.isDriver ? name : `${name} · ${debuggee.place}`,
      described?.task ?? null,
    );
    const isStep = body.reason === 'step';
    const others = threads.all().some((one) => one.isStopped && one.id !== thread.id);
    thread.isStopped = true;
    const isTarget = stepIntoTask.arrived(thread);
    await stepIntoTask.returned(thread);
    this.options.send('stopped', {
      ...body,
      threadId: thread.id,
      allThreadsStopped: false,
      // A stop elsewhere does not take the editor away from the one that is being looked at.
      preserveFocusHint: others && !isStep && !isTarget,
      hitBreakpointIds: this.options.breakpointIds(debuggee, body.hitBreakpointIds),
    });
    if (this.pauseAll && body.reason !== 'pause') this.pauseOthers(debuggee);
  }

  /** A thread goes on without having been asked to. */
  continued(debuggee: Debuggee, local: number): void {
    const thread = this.options.threads.find(debuggee, local);
    if (!thread?.isStopped) return;
    this.options.send('continued', { threadId: thread.id, allThreadsContinued: false });
    this.letGo(thread);
  }

  /** The task in which the thread was stepping is over. */
  stepEnded(debuggee: Debuggee, local: number): void {
    const thread = this.options.threads.find(debuggee, local);
    if (!thread) return;
    this.options.send('continued', { threadId: thread.id, allThreadsContinued: false });
    this.letGo(thread);
  }

  /** This thread alone: one stopped task holds no other, and letting it go frees no other. */
  async continue(args: DebugProtocol.ContinueArguments): Promise<object> {
    if (this.pauseAll) {
      await this.continueAll();
      return { allThreadsContinued: true };
    }
    const thread = this.stoppedThread(args.threadId);
    const { debuggee, id } = thread.local;
    const stopped = this.stoppedIn(debuggee);
    const isWhole = await resume(debuggee, { threadId: id, singleThread: true });
    // The answer goes first: a client takes a thread out of its list only after that.
    setImmediate(() => {
      this.letGo(thread);
      if (isWhole) this.freedWith(stopped);
    });
    return { allThreadsContinued: false };
  }

  async continueAll(): Promise<object> {
    const stopped = this.options.threads.all().filter((thread) => thread.isStopped);
    if (this.pauseAll) this.unpause(stopped.map(({ local }) => local.debuggee));
    await Promise.all(
      stopped.map(async (thread) => {
        const { debuggee, id } = thread.local;
        const asked = this.pauseAll ? { threadId: '*' } : { threadId: id, singleThread: true };
        await resume(debuggee, asked);
        this.options.send('continued', { threadId: thread.id, allThreadsContinued: false });
        this.letGo(thread);
      }),
    );
    return { continued: stopped.length };
  }

  async step(command: Step, args: DebugProtocol.StepInArguments): Promise<object> {
    const thread = this.stoppedThread(args.threadId);
    const { debuggee, id } = thread.local;
    if (command === 'stepIn' && args.targetId === undefined) await this.options.stepIntoTask.prepare(thread);
    thread.isStopped = false;
    await debuggee.request(command, { ...args, threadId: id, singleThread: true });
    this.freeProcess(debuggee);
    return {};
  }

  async pause(args: DebugProtocol.PauseArguments): Promise<object> {
    const thread = this.options.threads.get(args.threadId);
    if (!thread) throw new RequestError('That thread runs free.');
    await thread.local.debuggee.request('pause', { threadId: thread.local.id });
    return {};
  }

  private pauseOthers(except: Debuggee): void {
    for (const debuggee of this.options.debuggees()) {
      if (debuggee !== except)
        debuggee.execute(`__import__('heliostat_debugger').pause()`).catch(() => undefined);
    }
  }

  /** Threads that were to stop at their next line, and have not got there yet, shall not. */
  private unpause(except: readonly Debuggee[]): void {
    for (const debuggee of this.options.debuggees()) {
      if (!except.includes(debuggee)) debuggee.request('continue', { threadId: '*' }).catch(() => undefined);
    }
  }

  /** pydevd has let all threads of the process go with one; some may have stopped anew since. */
  private freedWith(stopped: readonly ShownThread[]): void {
    for (const thread of stopped)
      if (this.options.threads.get(thread.id) === thread)
        this.continued(thread.local.debuggee, thread.local.id);
  }

  private letGo(thread: ShownThread): void {
    this.options.threads.free(thread);
    this.freeProcess(thread.local.debuggee);
  }

  private freeProcess(debuggee: Debuggee): void {
    if (this.stoppedIn(debuggee).length === 0) this.options.onFree(debuggee);
  }

  private stoppedIn(debuggee: Debuggee): ShownThread[] {
    return this.options.threads.all().filter((one) => one.isStopped && one.local.debuggee === debuggee);
  }

  private stoppedThread(id: number): ShownThread {
    const thread = this.options.threads.get(id);
    if (!thread?.isStopped) throw new RequestError('The thread is running.');
    return thread;
  }
}

/**
 * Returns whether all threads of the process went on. A process that is asked to let a thread go that runs already does
 * not answer.
 */
async function resume(debuggee: Debuggee, asked: object): Promise<boolean> {
  const answer = debuggee
    .request<{ allThreadsContinued?: boolean } | undefined>('continue', asked)
    .catch(() => undefined);
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), RESUME_MS).unref());
  return (await Promise.race([answer, late]))?.allThreadsContinued === true;
}

/** What a stopped thread of a worker runs; null when it runs no task. */
async function describe(debuggee: Debuggee, threadId: number): Promise<Described | null> {
  const hex = (
    await evaluateAtTop(debuggee, threadId, `__import__('heliostat_debugger').describe()`)
  ).replaceAll(/['"]/g, '');
  return hex === '' ? null : (JSON.parse(Buffer.from(hex, 'hex').toString('utf8')) as Described);
}
