/** Frames, variables and values: requests that go to the one process whose frame or variable they name. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { type Debuggee, RequestError } from './debuggee';
import { IdMap, type Local } from './idMap';
import type { ShownThread, Threads } from './threads';

type Body = Record<string, unknown>;

/** How `heliostat_tasks.py` shows what is fetched only when it is opened. */
const FETCHED_WHEN_OPENED = { type: 'Value', value: 'fetched when opened' };

export class Inspection {
  /** Frames and variables share their numbers, as in pydevd. */
  private readonly ids = new IdMap();
  private readonly sources = new IdMap();

  constructor(
    private readonly threads: Threads,
    /** Frames of whoever submitted the task that was stepped into. */
    private readonly callers: (thread: ShownThread) => DebugProtocol.StackFrame[],
    private readonly driver: () => Debuggee | null,
  ) {}

  async stackTrace(args: DebugProtocol.StackTraceArguments): Promise<Body> {
    const thread = this.threads.get(args.threadId);
    if (!thread?.isStopped) throw new RequestError('The thread is running.');
    const { debuggee, id } = thread.local;
    const body = await debuggee.request<DebugProtocol.StackTraceResponse['body']>('stackTrace', {
      ...args,
      threadId: id,
    });
    const frames = body.stackFrames.map((frame) => ({
      ...frame,
      id: this.ids.toGlobal(debuggee, frame.id),
      ...(frame.source ? { source: this.source(debuggee, frame.source) } : {}),
    }));
    // Frames that follow those of the process; clients may ask for the stack piece by piece.
    const callers = this.callers(thread);
    const { startFrame = 0, levels = 0 } = args;
    const ownFrames = body.totalFrames ?? startFrame + frames.length;
    const end = levels === 0 ? Infinity : startFrame + levels - ownFrames;
    const shown = callers.slice(Math.max(0, startFrame - ownFrames), Math.max(0, end));
    return { stackFrames: [...frames, ...shown], totalFrames: ownFrames + callers.length };
  }

  async scopes(args: DebugProtocol.ScopesArguments): Promise<Body> {
    // Of a caller only the place is known.
    if (args.frameId < 0) return { scopes: [] };
    const { debuggee, id } = this.local(args.frameId);
    const body = await debuggee.request<DebugProtocol.ScopesResponse['body']>('scopes', { frameId: id });
    return { scopes: body.scopes.map((scope) => this.referring(debuggee, scope)) };
  }

  async variables(args: DebugProtocol.VariablesArguments): Promise<Body> {
    const { debuggee, id } = this.local(args.variablesReference);
    const asked = { ...args, variablesReference: id };
    const body = await debuggee.request<DebugProtocol.VariablesResponse['body']>('variables', asked);
    return { variables: body.variables.map((variable) => lazily(this.referring(debuggee, variable))) };
  }

  /** `setVariable`, `setExpression`, `evaluate`, `completions`, `stepInTargets`: by frame or variable. */
  async byReference(command: string, args: Body): Promise<Body> {
    const { frameId, variablesReference } = args;
    const reference = frameId ?? variablesReference;
    const local = typeof reference === 'number' ? this.local(reference) : null;
    const debuggee = local?.debuggee ?? this.driver();
    if (!debuggee) throw new RequestError('Nothing of the run is connected yet.');
    const asked = local
      ? { ...args, [frameId === undefined ? 'variablesReference' : 'frameId']: local.id }
      : args;
    const body = await debuggee.request<Body | undefined>(command, asked);
    const opened = body?.['variablesReference'];
    if (typeof opened !== 'number') return body ?? {};
    return { ...body, variablesReference: this.ids.toGlobal(debuggee, opened) };
  }

  source(debuggee: Debuggee, source: DebugProtocol.Source): DebugProtocol.Source {
    const reference = source.sourceReference ?? 0;
    return { ...source, sourceReference: this.sources.toGlobal(debuggee, reference) };
  }

  async content(args: DebugProtocol.SourceArguments): Promise<Body> {
    const local = this.sources.toLocal(args.source?.sourceReference ?? args.sourceReference);
    if (!local) throw new RequestError('That source is not known any more.');
    const sourceReference = local.id;
    const source = { ...args.source, sourceReference };
    return local.debuggee.request<Body>('source', { ...args, sourceReference, source });
  }

  /** Frames and variables of a process that has no stopped thread mean nothing any more. */
  forget(debuggee: Debuggee): void {
    this.ids.forget(debuggee);
  }

  gone(debuggee: Debuggee): void {
    this.ids.forget(debuggee);
    this.sources.forget(debuggee);
  }

  private referring<T extends Referring>(debuggee: Debuggee, value: T): T {
    return { ...value, variablesReference: this.ids.toGlobal(debuggee, value.variablesReference) };
  }

  private local(id: number): Local {
    const local = this.ids.toLocal(id);
    if (!local) throw new RequestError('The thread has gone on meanwhile.');
    return local;
  }
}

interface Referring {
  variablesReference: number;
}

/** Clients show a lazy variable with a button, and ask for its one child when that is pressed. */
function lazily<T extends DebugProtocol.Variable>(variable: T): T {
  const { type, value } = FETCHED_WHEN_OPENED;
  if (variable.type !== type || variable.value !== value) return variable;
  return { ...variable, presentationHint: { ...variable.presentationHint, lazy: true } };
}
