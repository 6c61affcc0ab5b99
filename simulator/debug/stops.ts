/** Threads that stop and go on: what the client is told, and what it asks for. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { type Debuggee, RequestError } from './debuggee';
import { evaluateAtTop } from './frames';
import type { StepIntoTask } from './stepIntoTask';
import type { ShownThread, Threads } from './threads';

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
  /** Null outside tasks. */
  task: string | null;
}

export class Stops {
  /** Whether a stop stops everything else as well. */
  pauseAll = false;
  /** Whether threads may be about to stop because others have, or because that was asked for. */
  private isPausing = false;
  /** Stops that are not shown yet, by the session's number of their thread: some are over before they could be. */
  private readonly arriving = new Map<number, { debuggee: Debuggee; isOver: boolean }>();

  constructor(private readonly options: StopsOptions) {}

  async stopped(debuggee: Debuggee, body: DebugProtocol.StoppedEvent['body']): Promise<void> {
    const id = this.options.threads.idOf(debuggee, body.threadId ?? 0);
    const arriving = { debuggee, isOver: false };
    this.arriving.set(id, arriving);
    await this.arrive(debuggee, body, arriving);
    if (this.arriving.get(id) === arriving) this.arriving.delete(id);
  }

  private async arrive(
    debuggee: Debuggee,
    body: DebugProtocol.StoppedEvent['body'],
    arriving: { isOver: boolean },
  ): Promise<void> {
    const { threads, stepIntoTask } = this.options;
    const local = body.threadId ?? 0;
    const known = threads.find(debuggee, local);
    const described = known?.isMain ? null : await describe(debuggee, local).catch(() => null);
    const name = known?.isMain ? known.name : `${described?.name ?? debuggee.hello.role} · ${debuggee.place}`;
    if (arriving.isOver) return;
    const thread = threads.show(debuggee, local, name, described?.task ?? null);
    thread.isStopped = true;
    const isTarget = stepIntoTask.arrived(thread);
    const entered = await stepIntoTask.returned(thread);
    if (arriving.isOver) return;
    const isStep = body.reason === 'step' && !(entered !== null && threads.get(entered)?.isStopped);
    const others = threads.all().some((one) => one.isStopped && one.id !== thread.id);
    this.options.send('stopped', {
      ...body,
      // Clients show it beside the thread's name: of an error its kind, since what it says may be long.
      ...(body.reason === 'exception' && body.text ? { description: body.text } : {}),
      threadId: thread.id,
      allThreadsStopped: false,
      // A stop elsewhere does not take the editor away from the one that is being looked at.
      preserveFocusHint: others && !isStep && !isTarget,
      hitBreakpointIds: this.options.breakpointIds(debuggee, body.hitBreakpointIds),
    });
    if (this.pauseAll && body.reason !== 'pause') this.pauseEverything();
  }

  /** A thread goes on without having been asked to. */
  continued(debuggee: Debuggee, local: number): void {
    const { threads } = this.options;
    const id = threads.idOf(debuggee, local);
    const arriving = this.arriving.get(id);
    if (arriving) arriving.isOver = true;
    const thread = threads.get(id);
    if (!thread?.isStopped) return;
    this.options.send('continued', { threadId: thread.id, allThreadsContinued: false });
    this.letGo(thread);
  }

  /** The process has ended. */
  forget(debuggee: Debuggee): void {
    for (const arriving of this.arriving.values()) if (arriving.debuggee === debuggee) arriving.isOver = true;
  }

  /** The task in which the thread was stepping is over. */
  stepEnded(debuggee: Debuggee, local: number): void {
    const thread = this.options.threads.find(debuggee, local);
    if (!thread) return;
    this.options.send('continued', { threadId: thread.id, allThreadsContinued: false });
    this.letGo(thread);
  }

  /** This thread alone: one stopped task holds no other, and letting it go frees no other. */
  continue(args: DebugProtocol.ContinueArguments): object {
    if (this.pauseAll) {
      this.continueAll();
      return { allThreadsContinued: true };
    }
    const thread = this.stoppedThread(args.threadId);
    thread.isStopped = false;
    resume(thread.local.debuggee, thread.local.id);
    // The answer goes first: a client takes a thread out of its list only after that.
    setImmediate(() => this.letGo(thread));
    return { allThreadsContinued: false };
  }

  continueAll(): object {
    const { threads, debuggees, send } = this.options;
    const stopped = threads.all().filter((thread) => thread.isStopped);
    // Also threads that were to stop at their next line, and have not got there yet.
    if (this.isPausing) for (const debuggee of debuggees()) resume(debuggee, '*');
    else for (const { local } of stopped) resume(local.debuggee, local.id);
    // Where everything goes on, steps end, too.
    const freed = this.isPausing ? threads.all() : stopped;
    this.isPausing = false;
    for (const thread of freed) {
      send('continued', { threadId: thread.id, allThreadsContinued: false });
      this.letGo(thread);
    }
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

  /** Each thread that runs a task stops at its next line, and the driver's main one. */
  pauseEverything(): void {
    this.isPausing = true;
    for (const debuggee of this.options.debuggees())
      debuggee.execute(`__import__('heliostat_debugger').pause()`).catch(() => undefined);
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

/** No answer is waited for: some debugpys give none, and what is asked for next comes later anyway. */
function resume(debuggee: Debuggee, threadId: number | '*'): void {
  debuggee.request('continue', { threadId, singleThread: threadId !== '*' }).catch(() => undefined);
}

/** What a stopped thread runs; null where its process does not know. */
async function describe(debuggee: Debuggee, threadId: number): Promise<Described | null> {
  const hex = (
    await evaluateAtTop(debuggee, threadId, `__import__('heliostat_debugger').describe()`)
  ).replaceAll(/['"]/g, '');
  return hex === '' ? null : (JSON.parse(Buffer.from(hex, 'hex').toString('utf8')) as Described);
}
