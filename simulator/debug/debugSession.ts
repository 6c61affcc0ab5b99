/**
 * One debug session as its client sees it: a debug adapter whose threads are the driver's and those of the workers that
 * are stopped. Starts or joins a run, waits for its processes, and passes requests on to whom they concern.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Log } from '../base/context';
import type { Disposable } from '../base/lifecycle';
import { toFailure } from '../model/failure';
import { failureMessage } from '../model/failureWords';
import { isEnded, type RunInfo } from '../model/run';
import { CAPABILITIES } from './capabilities';
import type { Message } from '../base/dapStream';
import type { Debuggee } from './debuggee';
import type { DebugHost, DebugPlace } from './debugHost';
import type { Invitation } from './invitation';
import {
  type AttachArguments,
  type DebugOptions,
  type LaunchArguments,
  replayWish,
  runRequest,
} from './launchArguments';
import { Processes } from './processes';

/** Whoever carries messages from and to the client. */
export interface ClientChannel {
  send(message: Message): void;
  onMessage(listener: (message: Message) => void): void;
  onClosed(listener: () => void): void;
}

/** A driver that has not dialled in so long after its start will not. */
const DRIVER_MS = 30_000;

type Handler = (args: never) => Promise<object | void> | object | void;

export class DebugSession {
  private readonly processes: Processes;
  private seq = 0;
  private run: RunInfo | null = null;
  private following: Disposable | null = null;
  private isConfigured = () => {};
  private readonly configured = new Promise<void>((resolve) => (this.isConfigured = resolve));
  private isOver = false;
  /** Set by the run's first output. */
  private driverIsLate: NodeJS.Timeout | null = null;

  constructor(
    private readonly channel: ClientChannel,
    private readonly host: DebugHost,
    private readonly log: Log,
    /** Told the run that the session is about, as soon as there is one. */
    private readonly onRun: (run: string) => void,
    private readonly onOver: () => void,
  ) {
    this.processes = new Processes({
      send: (event, body) => this.send(event, body),
      say: (text) => this.say(text),
      whyEnded: (debuggee) => this.whyEnded(debuggee),
      slowest: (fn) => this.slowest(fn),
    });
    channel.onMessage((message) => {
      if (message.type === 'request') void this.answer(message as DebugProtocol.Request);
    });
    channel.onClosed(() => void this.leave());
  }

  get options(): DebugOptions {
    return this.processes.options;
  }

  /** The run has a place: from now on its processes can dial in. */
  async placed(run: string, place: DebugPlace): Promise<Invitation> {
    const invitation = await this.processes.open(run, place);
    this.log.info(`Debugging run ${run} at ${invitation.host}:${invitation.port}.`);
    return invitation;
  }

  private readonly handlers: Record<string, Handler> = {
    initialize: () => CAPABILITIES,
    launch: (args: LaunchArguments) => this.launch(args),
    attach: (args: AttachArguments) => this.attach(args),
    configurationDone: () => this.isConfigured(),
    disconnect: ({ terminateDebuggee }: DebugProtocol.DisconnectArguments) =>
      this.disconnect(terminateDebuggee),
    terminate: () => this.terminate(),
    threads: () => ({ threads: this.processes.threads.list() }),
    setBreakpoints: async (args: DebugProtocol.SetBreakpointsArguments) => ({
      breakpoints: await this.processes.breakpoints.setLines(args),
    }),
    setFunctionBreakpoints: async (args: DebugProtocol.SetFunctionBreakpointsArguments) => ({
      breakpoints: await this.processes.breakpoints.setFunctions(args),
    }),
    setExceptionBreakpoints: (args: DebugProtocol.SetExceptionBreakpointsArguments) =>
      this.processes.breakpoints.setExceptions(args),
    stackTrace: (args: DebugProtocol.StackTraceArguments) => this.processes.inspection.stackTrace(args),
    scopes: (args: DebugProtocol.ScopesArguments) => this.processes.inspection.scopes(args),
    variables: (args: DebugProtocol.VariablesArguments) => this.processes.inspection.variables(args),
    source: (args: DebugProtocol.SourceArguments) => this.processes.inspection.content(args),
    continue: (args: DebugProtocol.ContinueArguments) => this.processes.stops.continue(args),
    next: (args: DebugProtocol.NextArguments) => this.processes.stops.step('next', args),
    stepIn: (args: DebugProtocol.StepInArguments) => this.processes.stops.step('stepIn', args),
    stepOut: (args: DebugProtocol.StepOutArguments) => this.processes.stops.step('stepOut', args),
    pause: (args: DebugProtocol.PauseArguments) => this.processes.stops.pause(args),
    exceptionInfo: (args: { threadId: number }) => this.processes.byThread('exceptionInfo', args),
    gotoTargets: (args: DebugProtocol.GotoTargetsArguments) => this.processes.gotoTargets.targets(args),
    goto: (args: DebugProtocol.GotoArguments) => this.processes.gotoTargets.goto(args),
    'heliostat/continueAll': () => this.processes.stops.continueAll(),
    'heliostat/pauseAll': () => this.processes.stops.pauseEverything(),
    ...Object.fromEntries(
      ['setVariable', 'setExpression', 'evaluate', 'completions', 'stepInTargets'].map((command) => [
        command,
        (args: Record<string, unknown>) => this.processes.inspection.byReference(command, args),
      ]),
    ),
  };

  private async answer(request: DebugProtocol.Request): Promise<void> {
    const head = { seq: ++this.seq, type: 'response', request_seq: request.seq, command: request.command };
    const handler = Object.hasOwn(this.handlers, request.command)
      ? this.handlers[request.command]
      : undefined;
    try {
      if (!handler) throw new Error(`${request.command} is not supported.`);
      const body = await handler((request.arguments ?? {}) as never);
      this.channel.send({ ...head, success: true, ...(body ? { body } : {}) } as DebugProtocol.Response);
    } catch (thrown) {
      const message = wordsFor(thrown);
      const body = { error: { id: 1, format: message, showUser: false } };
      this.channel.send({ ...head, success: false, message, body } as DebugProtocol.Response);
    }
  }

  private async launch(args: LaunchArguments): Promise<void> {
    const wish = replayWish(args);
    // A task that was asked for alone stops in its first line; the driver around it is of no interest.
    const { stopOnEntry = true } = args;
    const request = wish
      ? { ...(await this.host.replayRequest(wish.run, wish.task, stopOnEntry)), debug: args.noDebug !== true }
      : runRequest(args);
    this.processes.options = wish ? { ...args, stopOnEntry: false } : args;
    this.send('initialized', {});
    await this.configured;
    const run = this.host.startRun(request);
    this.begin(run);
  }

  private async attach(args: AttachArguments): Promise<void> {
    const run = this.host.findRun(args.run);
    this.processes.options = args;
    const place = await this.host.place(run);
    this.send('initialized', {});
    await this.configured;
    this.begin(run);
    await this.placed(run.id, place);
  }

  private begin(run: RunInfo): void {
    this.run = run;
    this.onRun(run.id);
    this.following = this.host.follow(run.id, {
      onStep: (step) => this.say(`${step}\n`),
      onOutput: (output) => {
        this.driverIsLate ??= setTimeout(() => this.processes.complainIfAlone(), DRIVER_MS).unref();
        this.send('output', { category: 'stdout', output });
      },
      onEnd: (ended) => this.ended(ended),
    });
    // No part of the protocol: our own clients show the run's page by it.
    this.send('heliostatRun', { run: run.id });
    this.send('process', { name: run.script, startMethod: 'launch' });
  }

  private ended(run: RunInfo): void {
    if (this.driverIsLate && this.isOurs) this.processes.complainIfAlone();
    if (run.state.kind === 'failed') this.say(`${failureMessage(run.state.failure)}\n`);
    this.send('exited', { exitCode: run.exitCode ?? (run.state.kind === 'succeeded' ? 0 : 1) });
    this.send('terminated', {});
    void this.leave();
  }

  /** Whether the session has started the run. */
  private get isOurs(): boolean {
    return 'program' in this.processes.options;
  }

  private async disconnect(terminate: boolean | undefined): Promise<void> {
    await this.leave();
    if (this.run && (terminate ?? this.isOurs)) this.host.cancelRun(this.run.id);
  }

  private async terminate(): Promise<void> {
    // A stopped process would not notice that it is to end.
    await this.processes.close();
    if (this.run) this.host.cancelRun(this.run.id);
  }

  /** Lets all processes go; the run goes on. */
  private async leave(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    this.following?.dispose();
    await this.processes.close();
    this.onOver();
  }

  private async slowest(fn: string): Promise<number | null> {
    const { options } = this.processes;
    const script = 'program' in options ? options.program : this.host.findRun(options.run).script;
    return this.host.slowestTask(script, fn);
  }

  private whyEnded(debuggee: Debuggee): Promise<string | null> {
    const { run } = this;
    if (!run || this.isOver || isEnded(this.host.findRun(run.id).state)) return Promise.resolve(null);
    return this.host.whyEnded(run.id, debuggee.hello.worker).catch(() => null);
  }

  private say(output: string): void {
    this.send('output', { category: 'console', output });
  }

  private send(event: string, body: object): void {
    this.channel.send({ seq: ++this.seq, type: 'event', event, body } as DebugProtocol.Event);
  }
}

function wordsFor(thrown: unknown): string {
  const failure = toFailure(thrown);
  if (failure.code === 'internal') return thrown instanceof Error ? thrown.message : String(thrown);
  return failureMessage(failure);
}
