/** Classic mistakes, found in what a run did. Pure; each rule says what it needs to have seen. */
import type { Finding } from '../model/finding';
import { duration } from '../model/format';
import type { CallSite } from '../model/trace';
import { busyActors, cpuLies, tinyTasks } from './findingsLoad';
import { hungryReaders } from './findingsIngest';
import { functionKey } from './functionStats';
import { keyId, shortName } from './summary';
import { NONE } from './taskTable';
import type { TraceStore } from './traceStore';
import { WAIT_KINDS } from './waitTable';

const GET = WAIT_KINDS.indexOf('get');
const MIB = 1048576;
/** A loop is told of from so many rounds and so much lost time on. */
const SERIAL_ROUNDS = 5;
const SERIAL_MS = 100;
const LARGE_BYTES = MIB;
const LARGE_CALLS = 3;
const ROUND_TRIP_BYTES = 100_000;
/** Runs have few kinds of mistakes; more than these would hide each other. */
const MAX_FINDINGS = 100;

/** The costliest first within each kind. */
export function findMistakes(store: TraceStore): Finding[] {
  return [
    ...hungryReaders(store),
    ...serialGets(store),
    ...roundTrips(store),
    ...largeArguments(store),
    ...tinyTasks(store),
    ...busyActors(store),
    ...cpuLies(store),
  ].slice(0, MAX_FINDINGS);
}

/**
 * `ray.get` in a loop that serialises: the same line gets one result after the other, and each call was submitted by the
 * same task only after the get before it had returned.
 */
function serialGets(store: TraceStore): Finding[] {
  const { waits, waitEdges, tasks } = store;
  const places = new Map<
    string,
    { wait: number; producer: number; rounds: number; others: number; totalMs: number }
  >();
  const order = Array.from({ length: waits.size }, (_, row) => row).sort(
    (a, b) => waits.startMs[a]! - waits.startMs[b]!,
  );
  for (const row of order) {
    if (waits.kind[row] !== GET || waitEdges.count(row) !== 1) continue;
    const key = `${waits.task[row]} ${waits.site[row]}`;
    const producer = waitEdges.task[waitEdges.first(row)]!;
    const before = places.get(key);
    if (!before) {
      places.set(key, {
        wait: row,
        producer,
        rounds: 1,
        others: 0,
        totalMs: waits.endMs[row]! - waits.startMs[row]!,
      });
      continue;
    }
    const isSerial =
      tasks.parent[producer] === waits.task[row] &&
      tasks.submitMs[producer]! >= waits.endMs[before.wait]! - 0.01;
    if (isSerial) before.rounds++;
    else before.others++;
    before.totalMs += waits.endMs[row]! - waits.startMs[row]!;
    Object.assign(before, { wait: row, producer });
  }
  return [...places.values()]
    .filter(
      ({ rounds, others, totalMs }) =>
        rounds >= SERIAL_ROUNDS && others * 4 <= rounds && totalMs >= SERIAL_MS,
    )
    .sort((a, b) => b.totalMs - a.totalMs)
    .map(({ wait, producer, rounds, totalMs }) => ({
      kind: 'serial-get',
      function: nameOf(store, waits.task[wait]!).id,
      site: tasks.sites.site(waits.site[wait]!),
      words:
        `\`ray.get\` in this loop waits for each \`${nameOf(store, producer).name}\` before the next one is submitted: ` +
        `${rounds} rounds, ${duration(totalMs)} in all, and nothing runs side by side. Where a round does not need the ` +
        'result before it, collect the references in a list and call `ray.get` once on the list.',
      evidence: { rounds, totalMs: round(totalMs) },
    }));
}

/** A result fetched only to be sent out again: the same task got it and then gave arguments of exactly that size by value. */
function roundTrips(store: TraceStore): Finding[] {
  const { waits, waitEdges, tasks } = store;
  const fetched = new Map<string, { endMs: number; producer: number }>();
  for (let row = 0; row < waits.size; row++) {
    const first = waitEdges.first(row);
    for (let edge = first; edge < first + waitEdges.count(row); edge++) {
      const producer = waitEdges.task[edge]!;
      const bytes = tasks.bytesOut[producer]!;
      if (waits.kind[row] !== GET || !(bytes >= ROUND_TRIP_BYTES)) continue;
      const key = `${waits.task[row]} ${bytes}`;
      const known = fetched.get(key);
      if (!known || known.endMs > waits.endMs[row]!) fetched.set(key, { endMs: waits.endMs[row]!, producer });
    }
  }
  if (fetched.size === 0) return [];
  return group(store, (row) => {
    const known = fetched.get(`${tasks.parent[row]} ${tasks.valueBytes[row]}`);
    return known && tasks.submitMs[row]! >= known.endMs ? functionKey(tasks, known.producer) : null;
  }).map(({ row, detail, calls, bytes, site }) => ({
    kind: 'driver-round-trip',
    function: nameOf(store, row).id,
    site,
    words:
      `What \`${shortName(keyId(tasks, detail))}\` returned was fetched ${tasks.isDriver(tasks.parent[row]!) ? 'to the driver' : 'into this task'} ` +
      `and sent out again as an argument of \`${nameOf(store, row).name}\`: ${times(calls)}, ${size(bytes)} that went both ways. ` +
      'Pass the reference itself, without `ray.get`: Ray brings the value to where the task runs.',
    evidence: { calls, bytes },
  }));
}

/** The same large object given by value again and again: equal sizes at one line. */
function largeArguments(store: TraceStore): Finding[] {
  const { tasks } = store;
  return group(store, (row) => (tasks.valueBytes[row]! >= LARGE_BYTES ? tasks.valueBytes[row]! : null))
    .filter(({ calls }) => calls >= LARGE_CALLS)
    .map(({ row, detail, calls, bytes, site }) => ({
      kind: 'large-argument',
      function: nameOf(store, row).id,
      site,
      words:
        `${size(detail)} of arguments go by value into each of ${calls} calls of \`${nameOf(store, row).name}\`, ${size(bytes)} in all. ` +
        'If it is the same object, `ray.put` it once and pass the reference: it is then stored and sent to each node once.',
      evidence: { calls, bytes, bytesEach: detail },
    }));
}

/** Calls by function, line and what `detail` says of them (null leaves one out), the most bytes first. */
function group(
  store: TraceStore,
  detail: (row: number) => number | null,
): { row: number; detail: number; calls: number; bytes: number; site: CallSite | null }[] {
  const { tasks } = store;
  const groups = new Map<string, { row: number; detail: number; calls: number; bytes: number }>();
  for (let row = 0; row < tasks.size; row++) {
    if (!(tasks.valueBytes[row]! >= ROUND_TRIP_BYTES) || functionKey(tasks, row) === NONE) continue;
    const what = detail(row);
    if (what === null) continue;
    const key = `${functionKey(tasks, row)} ${tasks.site[row]} ${what}`;
    const known = groups.get(key) ?? { row, detail: what, calls: 0, bytes: 0 };
    groups.set(key, { ...known, calls: known.calls + 1, bytes: known.bytes + tasks.valueBytes[row]! });
  }
  return [...groups.values()]
    .sort((a, b) => b.bytes - a.bytes)
    .map((one) => ({ ...one, site: tasks.sites.site(tasks.site[one.row]!) }));
}

function nameOf({ tasks }: TraceStore, row: number): { id: string; name: string } {
  const key = functionKey(tasks, row);
  const id = key === NONE ? '?' : keyId(tasks, key);
  return { id, name: shortName(id) };
}

function size(bytes: number): string {
  return bytes >= MIB ? `${(bytes / MIB).toFixed(1)} MiB` : `${Math.round(bytes / 1024)} KiB`;
}

function times(calls: number): string {
  return calls === 1 ? 'once' : `${calls} times`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
