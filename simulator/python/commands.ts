/** Programs that are started, waited for, and ended with all that they started. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fail } from '../model/failure';

export interface CommandOptions {
  /** Program and arguments. */
  argv: [string, ...string[]];
  cwd?: string;
  env: NodeJS.ProcessEnv;
  /** Ends the program, and everything in its process group. */
  signal: AbortSignal;
  input?: string;
  /** Ended like a cancelled one after so long; absent is never. */
  limitMs?: number;
  /** Each line of both outputs as it comes, without its end. */
  onLine?(line: string): void;
}

export interface CommandEnd {
  /** Null when it could not be started or was killed. */
  exitCode: number | null;
  /** The beginning of standard output, at most 1 MiB. */
  stdout: string;
  /** The last lines of both outputs, or why it could not be started. */
  tail: string;
}

const TAIL_LINES = 30;
const STDOUT_LIMIT = 1 << 20;
/** What a program gets to end by itself before it is killed. */
const GRACE_MS = 2000;

/** Runs a program to its end and never rejects for what it does; cancelled (after it has really ended) is a failure. */
export async function runCommand(options: CommandOptions): Promise<CommandEnd> {
  if (options.signal.aborted) fail({ code: 'cancelled' });
  const end = await startAndWait(options);
  if (options.signal.aborted) fail({ code: 'cancelled' });
  return end;
}

function startAndWait(options: CommandOptions): Promise<CommandEnd> {
  const [program, ...args] = options.argv;
  const startMs = performance.now();
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const tail = new Tail(options.onLine);
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (stdout.length < STDOUT_LIMIT) stdout += text;
    tail.add(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => tail.add(text));
  // A program that ends without reading its input is no error of ours.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const release = endOnDemand(child, options);
  return new Promise((resolve) => {
    const settle = (exitCode: number | null, reason: string) => {
      release();
      resolve({ exitCode, stdout, tail: tail.end(reason) });
    };
    child.on('error', (error) => settle(null, error.message));
    child.on('close', (exitCode, signal) =>
      settle(exitCode, signal ? whyEnded(signal, options.limitMs, startMs) : ''),
    );
  });
}

/** Ends the process group when the signal fires or the time is over; call the answer once the program is gone. */
function endOnDemand(child: ChildProcess, { signal, limitMs }: CommandOptions): () => void {
  let killTimer: NodeJS.Timeout | undefined;
  const end = () => {
    killGroup(child, 'SIGTERM');
    killTimer ??= setTimeout(() => killGroup(child, 'SIGKILL'), GRACE_MS);
  };
  const limitTimer = limitMs === undefined ? undefined : setTimeout(end, limitMs);
  signal.addEventListener('abort', end, { once: true });
  return () => {
    signal.removeEventListener('abort', end);
    clearTimeout(limitTimer);
    clearTimeout(killTimer);
  };
}

function whyEnded(signal: NodeJS.Signals, limitMs: number | undefined, startMs: number): string {
  const overLimit = limitMs !== undefined && performance.now() - startMs >= limitMs;
  return overLimit ? `It had not ended after ${limitMs / 1000} s.` : `It was ended by ${signal}.`;
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** Cuts output into lines and keeps the last ones. */
class Tail {
  private lines: string[] = [];
  private rest = '';

  constructor(private readonly onLine: ((line: string) => void) | undefined) {}

  add(text: string): void {
    const lines = (this.rest + text).split(/\r\n|\r|\n/);
    this.rest = lines.pop() ?? '';
    lines.forEach((line) => this.addLine(line));
  }

  end(lastLine: string): string {
    for (const line of [this.rest, lastLine]) if (line) this.addLine(line);
    this.rest = '';
    return this.lines.join('\n').trim();
  }

  private addLine(line: string): void {
    this.lines = [...this.lines.slice(1 - TAIL_LINES), line];
    this.onLine?.(line);
  }
}
