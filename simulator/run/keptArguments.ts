/**
 * What tasks were called with, for a replay: written by `probe/heliostat_arguments.py` into the cluster's directory, kept
 * in the run's own (`<home>/runs/<id>/arguments/<task>`, mode 0600: values may be secret), and nowhere else.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import path from 'node:path';
import { namesIn } from '../base/files';
import { isCalled } from '../base/text';
import { fail } from '../model/failure';
import type { KeptTask } from '../model/run';

/** The head of a file is one line of JSON. */
const MAX_HEAD_BYTES = 8192;

export function keptDir(runDir: string): string {
  return path.join(runDir, 'arguments');
}

/** Where the processes of a run write them. */
export function spooledDir(shared: string, run: string): string {
  return path.join(shared, 'arguments', run);
}

/** Moves them into a run's directory. Returns of how many tasks there are some. */
export function collectKept(from: string, runDir: string): number {
  if (!existsSync(from)) return 0;
  const to = keptDir(runDir);
  mkdirSync(to, { recursive: true, mode: 0o700 });
  const tasks = readdirSync(from).filter((name) => /^[0-9a-f]+$/.test(name));
  // Copied, since the two may be on different file systems.
  for (const task of tasks) {
    const [source, copy] = [path.join(from, task), path.join(to, task)];
    copyFileSync(source, copy);
    const { atime, mtime } = statSync(source);
    utimesSync(copy, atime, mtime);
  }
  rmSync(from, { recursive: true, force: true });
  return tasks.length;
}

/** In the order in which they were written. What is no such file is left out. */
export function listKept(runDir: string): KeptTask[] {
  const dir = keptDir(runDir);
  return namesIn(dir)
    .flatMap((name) => {
      const file = path.join(dir, name);
      const { mtimeMs, size } = statSync(file);
      const head = readHead(file);
      return head ? [{ mtimeMs, kept: { ...head, sizeBytes: size } }] : [];
    })
    .sort((a, b) => a.mtimeMs - b.mtimeMs)
    .map(({ kept }) => kept);
}

/** By its id, the beginning of one, or its function's name. Fails as `replay-impossible`. */
export function findKept(runDir: string, run: string, wanted: string): KeptTask {
  const kept = listKept(runDir);
  const found =
    kept.find(({ task }) => wanted !== '' && task.startsWith(wanted)) ??
    kept.find((one) => isCalled(one.function, wanted));
  const reason = found
    ? found.why && `Its arguments could not be kept: ${found.why}.`
    : `Run ${run} has no arguments of it. They are kept of tasks that failed, and of functions that the script's annotation names in \`keep-arguments\`.`;
  return reason === null ? found! : fail({ code: 'replay-impossible', task: wanted, reason });
}

function readHead(file: string): Omit<KeptTask, 'sizeBytes'> | null {
  const buffer = Buffer.alloc(MAX_HEAD_BYTES);
  const handle = openSync(file, 'r');
  try {
    const text = buffer.toString('utf8', 0, readSync(handle, buffer, 0, MAX_HEAD_BYTES, 0));
    const {
      task,
      function: name,
      why,
    } = JSON.parse(text.slice(0, text.indexOf('\n'))) as Record<string, unknown>;
    if (typeof task !== 'string' || typeof name !== 'string') return null;
    return { task, function: name, why: typeof why === 'string' ? why : null };
  } catch {
    return null;
  } finally {
    closeSync(handle);
  }
}
