/** The processes of a run that have dialled in, from the moment that they may until the session lets them go. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { fail } from '../model/failure';
import { Breakpoints } from './breakpoints';
import { type Debuggee, type Hello, placeOf, RequestError } from './debuggee';
import { DebuggeeServer } from './debuggeeServer';
import type { DebugPlace } from './debugHost';
import { GotoTargets } from './gotoTargets';
import { Inspection } from './inspection';
import { invite, type Invitation } from './invitation';
import type { AttachArguments, LaunchArguments } from './launchArguments';
import { StepIntoTask } from './stepIntoTask';
import { Stops } from './stops';
import { TaskWatch } from './taskWatch';
import { Threads } from './threads';

export interface ProcessesOptions {
  send(event: string, body: object): void;
  /** For people, in the debug console. */
  say(text: string): void;
  whyEnded(debuggee: Debuggee): Promise<string | null>;
  /** See `DebugHost.slowestTask`. */
  slowest(fn: string): Promise<number | null>;
}

const DETACH_MS = 1500;

/** Of a process whose thread waits for the answer: whether to stop there (`ask` in `heliostat_debugger.py`). */
type Question = { number: number; names: string[] } & ({ what: 'begins'; task: string } | { what: 'fails' });

export class Processes {
  readonly threads: Threads;
  readonly breakpoints: Breakpoints;
  readonly inspection: Inspection;
  readonly gotoTargets: GotoTargets;
  readonly stops: Stops;
  private readonly all = new Set<Debuggee>();
  private readonly stepIntoTask: StepIntoTask;
  private readonly taskWatch: TaskWatch;
  private server: DebuggeeServer | null = null;
  private place: DebugPlace | null = null;
  private uninvite = () => {};
  private args: LaunchArguments | AttachArguments = { run: '' };
  private isClosed = false;
  private isReached = false;
  private hasComplained = false;
  /** What was said of a node's processes, which is the same for many. */
  private readonly said = new Set<string>();

  constructor(private readonly wiring: ProcessesOptions) {
    const { send } = wiring;
    this.threads = new Threads(send);
    this.gotoTargets = new GotoTargets(this.threads);
    this.taskWatch = new TaskWatch((fn) => wiring.slowest(fn));
    this.breakpoints = new Breakpoints(
      () => this.all,
      (breakpoint) => send('breakpoint', { reason: 'changed', breakpoint }),
      this.taskWatch,
    );
    this.stepIntoTask = new StepIntoTask(
      () => this.all,
      (debuggee, source) => this.inspection.source(debuggee, source),
    );
    this.inspection = new Inspection(
      this.threads,
      (thread) => this.stepIntoTask.callers(thread),
      () => [...this.all].find(({ isDriver }) => isDriver) ?? null,
    );
    this.stops = new Stops({
      threads: this.threads,
      send,
      debuggees: () => this.all,
      breakpointIds: (debuggee, ids) => this.breakpoints.toGlobal(debuggee, ids),
      onFree: (debuggee) => this.inspection.forget(debuggee),
      stepIntoTask: this.stepIntoTask,
    });
  }

  get options(): LaunchArguments | AttachArguments {
    return this.args;
  }

  set options(args: LaunchArguments | AttachArguments) {
    this.args = args;
    this.stops.pauseAll = args.pauseAll === true;
  }

  /** Listens, and lets the run's processes know where, unless their job does. */
  async open(run: string, place: DebugPlace): Promise<Invitation> {
    const { nodes, dialTo: host } = place;
    const server = new DebuggeeServer(
      (debuggee) => void this.welcome(debuggee),
      (hello) => this.refused(hello),
      (hello) => this.debugpyFor(hello, nodes),
    );
    this.server = server;
    await server.listen(place.listenAt, place.port).catch((error: Error) => {
      fail({ code: 'bad-request', detail: `The debugger cannot listen here: ${error.message}.` });
    });
    if (this.isClosed) {
      server.close();
      throw new RequestError('The session has ended.');
    }
    this.place = { ...place, port: server.port };
    const known =
      nodes.kind === 'sharing'
        ? { debugpy: nodes.debugpy, wayOut: null }
        : { debugpy: null, wayOut: nodes.wayOut };
    const invitation = { host, port: server.port, secret: server.secret, ...known };
    if (nodes.kind === 'sharing') this.uninvite = invite(nodes.debugDir, run, invitation);
    return invitation;
  }

  /** Some time after the script's start, or at its end: says so when nobody came. Why is known to the processes, which print it. */
  complainIfAlone(): void {
    if (this.isReached || this.isClosed || this.hasComplained || this.place === null) return;
    this.hasComplained = true;
    const { dialTo, port, nodes } = this.place;
    const wayOut = nodes.kind === 'foreign' ? ` ${nodes.wayOut}` : '';
    this.wiring.say(
      `No process of the run has reached the debugger at ${dialTo}:${port}; breakpoints do nothing. ` +
        `Processes that tried say so in the run's output, with their node and the reason.${wayOut}\n`,
    );
  }

  async byThread(command: string, args: { threadId: number }): Promise<object> {
    const thread = this.threads.get(args.threadId);
    if (!thread) throw new RequestError('The thread has gone on meanwhile.');
    return thread.local.debuggee.request<object>(command, { ...args, threadId: thread.local.id });
  }

  /** Every process goes on as if nobody had ever debugged it. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.uninvite();
    await Promise.all([...this.all].map((debuggee) => debuggee.detach(DETACH_MS)));
    this.server?.close();
  }

  private refused(hello: Hello): void {
    this.isReached = true;
    this.sayOnce(hello, `Not debugged: ${placeOf(hello)}: ${hello.error}\n`, hello.error);
  }

  private async debugpyFor(hello: Hello, nodes: DebugPlace['nodes']): Promise<Uint8Array | null> {
    this.isReached = true;
    if (nodes.kind === 'sharing') return null;
    this.sayOnce(
      hello,
      `The Python at ${placeOf(hello)} has no debugpy; it gets Heliostat's own.\n`,
      'gets it',
    );
    const packed = await nodes.packedDebugpy();
    if (packed === null)
      this.sayOnce(
        hello,
        `Heliostat cannot get debugpy by this machine's pip, as its log tells. Install it in the cluster's Python: ` +
          'pip install debugpy\n',
        'has none',
      );
    return packed;
  }

  /** Once for each node and reason: of its other processes it holds as well. */
  private sayOnce({ node }: Hello, text: string, reason: string | null): void {
    const what = `${node} ${reason}`;
    if (this.said.has(what)) return;
    this.said.add(what);
    this.wiring.say(text);
  }

  private async welcome(debuggee: Debuggee): Promise<void> {
    this.isReached = true;
    this.all.add(debuggee);
    debuggee.onEvent((event) => this.happened(debuggee, event));
    debuggee.onClosed(() => void this.left(debuggee));
    try {
      await this.configure(debuggee);
      if (debuggee.isDriver) await this.showDriver(debuggee);
    } catch (error) {
      // A process that ends at once is no news.
      if (!(error instanceof RequestError)) throw error;
    }
  }

  /** All at once: the process works requests off in their order. */
  private async configure(debuggee: Debuggee): Promise<void> {
    const { justMyCode = true, showReturnValue = true, stopOnEntry = false, pathMappings = [] } = this.args;
    const command = debuggee.isDriver && stopOnEntry ? 'launch' : 'attach';
    const { sameFolders, nodes } = this.place!;
    const localRoot = nodes.kind === 'foreign' ? nodes.workingDir : null;
    const remoteRoot = debuggee.hello.folder;
    const sent = localRoot !== null && remoteRoot !== null ? [{ localRoot, remoteRoot }] : [];
    // pydevd shows what is in no folder of ours as its own copy, by its own words.
    const same = sameFolders.map((folder) => ({ localRoot: folder, remoteRoot: folder }));
    const options = {
      ...{ justMyCode, showReturnValue, stopOnEntry, steppingResumesAllThreads: false },
      pathMappings: [...pathMappings, ...sent, ...same],
    };
    await Promise.all([
      debuggee.request('initialize', { adapterID: 'heliostat', pathFormat: 'path' }),
      debuggee.request(command, options),
      this.breakpoints.sendAll(debuggee),
      this.stepIntoTask.greet(debuggee),
      debuggee.request('configurationDone'),
    ]);
  }

  private async showDriver(driver: Debuggee): Promise<void> {
    const { threads } = await driver.request<DebugProtocol.ThreadsResponse['body']>('threads');
    const main = threads.find(({ name }) => name === 'MainThread') ?? threads[0];
    if (main) this.threads.show(driver, main.id, `driver · ${driver.place}`, null, true);
  }

  private happened(debuggee: Debuggee, { event, body }: DebugProtocol.Event): void {
    const about = (body ?? {}) as { threadId?: number };
    switch (event) {
      case 'stopped':
        void this.stops
          .stopped(debuggee, body as DebugProtocol.StoppedEvent['body'])
          .catch((error: unknown) => this.wiring.say(`${String(error)}\n`));
        break;
      case 'continued':
        this.stops.continued(debuggee, about.threadId ?? 0);
        break;
      case 'heliostatStepEnded':
        this.stops.stepEnded(debuggee, about.threadId ?? 0);
        break;
      case 'heliostatArmed':
        void this.stepIntoTask.begin();
        break;
      case 'heliostatSubmitted':
        this.stepIntoTask.submitted((body as { task: string }).task);
        break;
      case 'heliostatAsked':
        void this.answer(debuggee, body as Question).catch(() => undefined);
        break;
      case 'breakpoint':
        this.breakpoints.changedIn(debuggee, (body as DebugProtocol.BreakpointEvent['body']).breakpoint);
        break;
      case 'output':
        this.output(debuggee, body as DebugProtocol.OutputEvent['body']);
        break;
    }
  }

  private async answer(debuggee: Debuggee, question: Question): Promise<void> {
    const { what, names } = question;
    const isWanted = what === 'begins' ? this.taskWatch.begins(names) : this.taskWatch.fails(names);
    const isYes = isWanted || (what === 'begins' && (await this.stepIntoTask.begins(question.task)));
    const value = isYes ? 'True' : 'False';
    await debuggee.execute(`__import__('heliostat_debugger').answer(${question.number}, ${value})`);
  }

  /** What logpoints and pydevd itself say; the script's own output comes by the run's log. */
  private output(debuggee: Debuggee, body: DebugProtocol.OutputEvent['body']): void {
    if (body.category === 'telemetry') return;
    const output = debuggee.isDriver ? body.output : `(${debuggee.place}) ${body.output}`;
    const source = body.source ? { source: this.inspection.source(debuggee, body.source) } : {};
    const { variablesReference: _, ...rest } = body;
    this.wiring.send('output', { ...rest, ...source, output });
  }

  private async left(debuggee: Debuggee): Promise<void> {
    this.all.delete(debuggee);
    const held = this.threads
      .all()
      .filter(({ local, isStopped }) => local.debuggee === debuggee && isStopped);
    this.threads.forget(debuggee);
    this.stops.forget(debuggee);
    this.stepIntoTask.gone(debuggee);
    this.inspection.gone(debuggee);
    this.breakpoints.forget(debuggee);
    if (held.length === 0 || this.isClosed) return;
    const why = await this.wiring.whyEnded(debuggee);
    const names = held.map(({ name }) => name).join(', ');
    this.wiring.say(`${names} ended while it was stopped${why ? `: ${why}` : '.'}\n`);
  }
}
