/** What a bench is, and what the benches share: interleaved repeats, medians, ratios, processes that are timed. */
import { spawn } from 'node:child_process';
import { cpus, loadavg } from 'node:os';

/** One file of this folder exports one as `bench`. */
export interface Bench {
  /** What is measured and against what, in one sentence. */
  about: string;
  /** Starts what it needs and ends all of it, also when it fails. Rows come out in the order of the table. */
  run(say: (progress: string) => void): Promise<Row[]>;
}

export interface Row {
  what: string;
  /** As shown: `1.32 s`. */
  ours: string;
  /** The peer in the same run, as shown; empty without one. */
  peer: string;
  /** What the target judges: a ratio, or a number in the unit that `ours` shows. */
  value: number;
  /** Absent: only told, not judged. */
  target?: { atMost: number } | { atLeast: number };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) throw new Error('There is no median of nothing.');
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Our median against the peer's, both in milliseconds and measured in turn. */
export function against(
  what: string,
  oursMs: readonly number[],
  peer: string,
  peerMs: readonly number[],
  atMost: number,
): Row {
  return {
    what,
    ours: shownMs(oursMs),
    peer: `${peer} ${shownMs(peerMs)}`,
    value: median(oursMs) / median(peerMs),
    target: { atMost },
  };
}

/** A median that is judged by itself; `value` and `target` are in milliseconds. */
export function within(what: string, oursMs: readonly number[], atMostMs: number): Row {
  return { what, ours: shownMs(oursMs), peer: '', value: median(oursMs), target: { atMost: atMostMs } };
}

/** An error of predictions in percent, which is judged by itself. */
export function errorRow(what: string, pct: number, atMost: number): Row {
  return { what, ours: `${pct.toFixed(2)} %`, peer: '', value: pct, target: { atMost } };
}

/** Median and range: `1.32 s (1.20–1.50)`, below a second in milliseconds. */
export function shownMs(valuesMs: readonly number[]): string {
  const isLong = median(valuesMs) >= 1000;
  const one = (ms: number) => (isLong ? (ms / 1000).toFixed(2) : ms.toFixed(ms < 10 ? 2 : 0));
  const range = `${one(Math.min(...valuesMs))}–${one(Math.max(...valuesMs))}`;
  return `${one(median(valuesMs))} ${isLong ? 's' : 'ms'} (${range})`;
}

/**
 * Calls each contender once a round, in turn, so that what the machine does meanwhile hits all of them alike; the order
 * rotates. The first round only warms up. Returns each contender's results.
 */
export async function interleaved<K extends string, T>(
  rounds: number,
  contenders: Record<K, () => Promise<T>>,
): Promise<Record<K, T[]>> {
  const names = Object.keys(contenders) as K[];
  const results = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<K, T[]>;
  for (let round = 0; round <= rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length]!;
      const result = await contenders[name]();
      if (round > 0) results[name].push(result);
    }
  }
  return results;
}

export interface Timed {
  /** From the start of the command to its end. */
  wallMs: number;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end, which must be a good one. `onOutput` gets what it has printed so far, as it comes. */
export function timed(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; onOutput?: (printed: string) => void } = {},
): Promise<Timed> {
  const { env = process.env, cwd, onOutput } = options;
  return new Promise((resolve, reject) => {
    const fromMs = performance.now();
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], ...(cwd ? { cwd } : {}) });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (piece: Buffer) => {
      stdout += piece.toString();
      onOutput?.(stdout + stderr);
    });
    child.stderr.on('data', (piece: Buffer) => {
      stderr += piece.toString();
      onOutput?.(stdout + stderr);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const wallMs = performance.now() - fromMs;
      if (code === 0) resolve({ wallMs, stdout, stderr });
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`));
    });
  });
}

export function isMet({ value, target }: Row): boolean {
  if (!target) return true;
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast;
}

/** Runs them one after the other. The exit code: 0 when every target is met. */
export async function runBenches(benches: (Bench & { name: string })[]): Promise<number> {
  const print = (text: string) => process.stdout.write(`${text}\n`);
  const say = (text: string) => process.stderr.write(`  ${text}\n`);
  let missed = 0;
  print(
    `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}`,
  );
  for (const { name, about, run } of benches) {
    print(`\n${name}: ${about}`);
    try {
      const rows = await run(say);
      missed += rows.filter((row) => !isMet(row)).length;
      print(table(rows));
    } catch (thrown) {
      missed++;
      print(`failed: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
    }
  }
  print(missed === 0 ? '\nEvery target is met.' : `\n${missed} missed.`);
  return missed === 0 ? 0 : 1;
}

function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.target ? (isMet(row) ? 'ok  ' : 'MISS') : '    ',
    row.what,
    row.ours,
    row.peer,
    row.target ? `${Number(row.value.toPrecision(3))} ${bound(row.target)}` : '',
  ]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((line) => line[column]!.length)));
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function bound(target: NonNullable<Row['target']>): string {
  return 'atMost' in target ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`;
}
