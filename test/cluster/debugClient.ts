/** A client of `heliostat debug-adapter` as an editor is one: over standard input and output, and nothing else. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { encodeMessage, MessageReader, type Message } from '../../simulator/base/dapStream';

interface Waiting {
  matches(event: DebugProtocol.Event): boolean;
  resolve(event: DebugProtocol.Event): void;
}

export class DebugClient {
  readonly output: string[] = [];
  /** Every message in both directions, in order. */
  readonly traffic: Message[] = [];
  private readonly events: DebugProtocol.Event[] = [];
  private readonly waiting = new Set<Waiting>();
  private readonly pending = new Map<number, (response: DebugProtocol.Response) => void>();
  private readonly child: ChildProcessWithoutNullStreams;
  private seq = 0;
  private isGone = false;

  /** `adapter` speaks the protocol on its standard input and output; ours by default. */
  constructor(
    env: NodeJS.ProcessEnv,
    [command, ...args]: [string, ...string[]] = [
      process.execPath,
      path.resolve('dist/cli.js'),
      'debug-adapter',
    ],
  ) {
    this.child = spawn(command, args, { env });
    const reader = new MessageReader((message) => this.receive(message));
    this.child.stdout.on('data', (piece: Buffer) => reader.feed(piece));
    this.child.stderr.on('data', (piece: Buffer) => this.output.push(piece.toString()));
    this.child.stdin.on('error', () => undefined);
    this.child.on('close', () => {
      this.isGone = true;
      for (const [seq, resolve] of this.pending) resolve(gone(seq));
    });
  }

  async request<T = DebugProtocol.Response['body']>(command: string, args: object = {}): Promise<T> {
    const message: DebugProtocol.Request = { seq: ++this.seq, type: 'request', command, arguments: args };
    this.traffic.push(message);
    const response = await new Promise<DebugProtocol.Response>((resolve) => {
      if (this.isGone) return resolve(gone(message.seq));
      this.pending.set(message.seq, resolve);
      this.child.stdin.write(encodeMessage(message));
    });
    if (!response.success) throw new Error(`${command}: ${response.message}`);
    return response.body as T;
  }

  /** The next event of the name that was not taken yet, now or later. */
  event<T = DebugProtocol.Event['body']>(
    name: string,
    matches: (body: T) => boolean = () => true,
    deadlineMs = 90_000,
  ): Promise<T> {
    const wanted = (event: DebugProtocol.Event) => event.event === name && matches(event.body as T);
    const at = this.events.findIndex(wanted);
    if (at !== -1) return Promise.resolve(this.events.splice(at, 1)[0]!.body as T);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`No ${name} event came. Output:\n${this.output.join('')}`)),
        deadlineMs,
      );
      this.waiting.add({
        matches: wanted,
        resolve: (event) => {
          clearTimeout(timer);
          resolve(event.body as T);
        },
      });
    });
  }

  /** `initialize` to `configurationDone`, as the protocol asks for it; returns once the run or the session has begun. */
  async begin(
    command: 'launch' | 'attach',
    args: object,
    breakpoints: Record<string, DebugProtocol.SourceBreakpoint[]>,
    more: { functions?: string[]; exceptions?: string[] } = {},
  ): Promise<void> {
    await this.request('initialize', { adapterID: 'heliostat', linesStartAt1: true, columnsStartAt1: true });
    const begun = this.request(command, args);
    await Promise.race([this.event('initialized'), begun]);
    for (const [file, lines] of Object.entries(breakpoints)) await this.setBreakpoints(file, lines);
    const functions = (more.functions ?? []).map((name) => ({ name }));
    await this.request('setFunctionBreakpoints', { breakpoints: functions });
    await this.request('setExceptionBreakpoints', { filters: more.exceptions ?? [] });
    await this.request('configurationDone');
    await begun;
  }

  setBreakpoints(
    file: string,
    breakpoints: DebugProtocol.SourceBreakpoint[],
  ): Promise<DebugProtocol.SetBreakpointsResponse['body']> {
    return this.request('setBreakpoints', { source: { path: file }, breakpoints });
  }

  stopped(deadlineMs?: number): Promise<Stop> {
    return this.event<Stop>('stopped', () => true, deadlineMs);
  }

  /** `levels` frames from `startFrame` on, or all. */
  async stack(threadId: number, startFrame?: number, levels?: number): Promise<DebugProtocol.StackFrame[]> {
    const asked = { threadId, startFrame, levels };
    const { stackFrames } = await this.request<DebugProtocol.StackTraceResponse['body']>('stackTrace', asked);
    return stackFrames;
  }

  async threadNames(): Promise<string[]> {
    const { threads } = await this.request<DebugProtocol.ThreadsResponse['body']>('threads');
    return threads.map(({ name }) => name);
  }

  async evaluate(expression: string, frameId: number): Promise<string> {
    return (await this.request<{ result: string }>('evaluate', { expression, frameId, context: 'watch' }))
      .result;
  }

  /** Children of a variable, by name. */
  async variables(variablesReference: number): Promise<Map<string, DebugProtocol.Variable>> {
    const { variables } = await this.request<DebugProtocol.VariablesResponse['body']>('variables', {
      variablesReference,
    });
    return new Map(variables.map((variable) => [variable.name, variable]));
  }

  async locals(frameId: number): Promise<Map<string, DebugProtocol.Variable>> {
    const { scopes } = await this.request<DebugProtocol.ScopesResponse['body']>('scopes', { frameId });
    return this.variables(scopes[0]!.variablesReference);
  }

  printed(): string {
    return this.output.join('');
  }

  /** As when the editor is gone all of a sudden. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  async end(): Promise<void> {
    await this.request('disconnect', { terminateDebuggee: true }).catch(() => undefined);
    this.child.stdin.end();
  }

  private receive(message: Message): void {
    this.traffic.push(message);
    if (message.type === 'response') {
      const response = message as DebugProtocol.Response;
      this.pending.get(response.request_seq)?.(response);
      this.pending.delete(response.request_seq);
    } else if (message.type === 'event') this.take(message as DebugProtocol.Event);
  }

  private take(event: DebugProtocol.Event): void {
    if (event.event === 'output') this.output.push((event.body as { output: string }).output);
    const waiter = [...this.waiting].find(({ matches }) => matches(event));
    if (!waiter) return void this.events.push(event);
    this.waiting.delete(waiter);
    waiter.resolve(event);
  }
}

export interface Stop {
  threadId: number;
  reason: string;
  description?: string;
  text?: string;
  preserveFocusHint?: boolean;
  hitBreakpointIds?: number[];
}

function gone(seq: number): DebugProtocol.Response {
  const message = 'The adapter has gone.';
  return { seq: 0, type: 'response', request_seq: seq, command: '', success: false, message };
}
