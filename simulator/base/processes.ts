/**
 * Finding our processes again by an entry of their environment, whoever started them and whatever became of their
 * parents. Linux reads /proc; macOS asks `ps`. Only processes of this user are ever looked at.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { promisify } from 'node:util';

export interface ProcessInfo {
  pid: number;
  parent: number;
  /** Linux: the session; macOS, which hides it: the process group. */
  session: number;
  /** With the pid it names one process, also after the pid was given to another. */
  started: string;
  /** Short name: `raylet`, `python`. */
  name: string;
  /** Whether a signal has stopped it; false where the system does not tell. */
  isStopped: boolean;
  /** CPU time so far. */
  cpuMs: number;
  /** The asked-for entries of its environment, as it was at its start. */
  env: Readonly<Record<string, string>>;
}

/** All processes of this user but those in `skip`; `keys` are the entries of the environment to read. */
export async function listProcesses(
  keys: readonly string[],
  skip: ReadonlySet<number> = new Set(),
): Promise<ProcessInfo[]> {
  if (process.platform === 'linux') return listProc(keys, skip);
  const { stdout } = await promisify(execFile)(
    'ps',
    ['-axEwwo', 'pid=,ppid=,pgid=,uid=,time=,lstart=,command='],
    { maxBuffer: 64 * 1024 * 1024, env: { ...process.env, LC_ALL: 'C' } },
  );
  return parsePs(stdout, keys).filter((one) => one.uid === process.getuid?.());
}

/**
 * The marked processes and all that came of them: children, whose environment may have been replaced or overwritten
 * (a long process title does that), and orphans that still share a session which a marked process began. This very
 * process is never among them. `foreign` are processes that are missing in `all` and known not to be ours.
 */
export function withDescendants(
  all: readonly ProcessInfo[],
  isMarked: (one: ProcessInfo) => boolean,
  foreign: Iterable<number> = [],
): ProcessInfo[] {
  const marked = new Set(all.filter(isMarked).map((one) => one.pid));
  const alive = new Set([...all.map((one) => one.pid), ...foreign]);
  // A session whose leader lives without the mark is somebody's terminal.
  const sessions = new Set(
    all
      .filter((one) => marked.has(one.pid) && (marked.has(one.session) || !alive.has(one.session)))
      .map((one) => one.session),
  );
  for (let grew = true; grew;) {
    grew = false;
    for (const one of all) {
      if (marked.has(one.pid) || !(marked.has(one.parent) || sessions.has(one.session))) continue;
      marked.add(one.pid);
      grew = true;
    }
  }
  return all.filter((one) => marked.has(one.pid) && one.pid !== process.pid);
}

/** Sends a signal; a process that is gone already is fine. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const TICK_MS = 10;

function listProc(keys: readonly string[], skip: ReadonlySet<number>): ProcessInfo[] {
  const uid = process.getuid?.();
  const found: ProcessInfo[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || skip.has(Number(entry))) continue;
    try {
      if (statSync(`/proc/${entry}`).uid !== uid) continue;
      const one = parseStat(readFileSync(`/proc/${entry}/stat`, 'latin1'));
      if (!one) continue;
      found.push({ ...one, env: readEnvironment(entry, keys) });
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

function readEnvironment(pid: string, keys: readonly string[]): Record<string, string> {
  try {
    return pickEnvironment(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0'), keys);
  } catch {
    // Not ours to read (a set-uid program), or it just ended.
    return {};
  }
}

/** `pid (name) state ppid pgrp session … utime stime … starttime`; a zombie has ended and is null. */
export function parseStat(stat: string): Omit<ProcessInfo, 'env'> | null {
  // The name may hold spaces and parentheses, so fields count from the last parenthesis.
  const open = stat.indexOf('(');
  const close = stat.lastIndexOf(')');
  const fields = stat.slice(close + 2).split(' ');
  if (open < 0 || close < 0 || fields[0] === 'Z' || fields[0] === 'X') return null;
  return {
    pid: Number(stat.slice(0, open)),
    parent: Number(fields[1]),
    session: Number(fields[3]),
    started: fields[19] ?? '',
    name: stat.slice(open + 1, close),
    isStopped: fields[0] === 'T',
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
  };
}

const PS_LINE =
  /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(?:(\d+):)?(\d+):([\d.]+)\s+(\w+ +\w+ +\d+ +[\d:]+ +\d+)\s+(.*)$/;

/** Output of macOS' `ps -E`, whose last column is the command followed by its environment. */
export function parsePs(output: string, keys: readonly string[]): (ProcessInfo & { uid: number })[] {
  return output.split('\n').flatMap((line) => {
    const match = PS_LINE.exec(line);
    if (!match) return [];
    const [, pid, parent, group, uid, hours, minutes, seconds, started, command] = match;
    const words = command!.split(' ');
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        session: Number(group),
        uid: Number(uid),
        started: started!,
        name: words[0]!.split('/').pop()!,
        isStopped: false,
        cpuMs: ((Number(hours ?? 0) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000,
        env: pickEnvironment(words, keys),
      },
    ];
  });
}

function pickEnvironment(entries: readonly string[], keys: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const entry of entries) {
    const split = entry.indexOf('=');
    const key = entry.slice(0, split);
    if (split > 0 && keys.includes(key)) env[key] = entry.slice(split + 1);
  }
  return env;
}
