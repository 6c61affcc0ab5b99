/**
 * Pages of the task table: filtered and sorted here, over typed arrays, so that a view of a million tasks never holds
 * more than what is on the screen.
 */
import type { TaskColumn, TaskFilter, TaskList, TaskListQuery } from '../model/views';
import { KeptByVersion } from './keptByVersion';
import { bytesInto } from './dataEdges';
import { functionMatcher, shortName } from './summary';
import { taskBrief } from './taskBrief';
import { NONE, STATES, type TaskTable } from './taskTable';
import type { TraceStore } from './traceStore';

const MAX_PAGE = 500;
const FAILED = STATES.indexOf('failed');

interface Order {
  version: number;
  rows: Int32Array;
  total: number;
}

/** That of the table, and that of whoever else looks. */
const orders = new KeptByVersion<Order>(3);

export function taskList(store: TraceStore, query: TaskListQuery): TaskList {
  const order = orderOf(store, query);
  const from = Math.max(0, Math.min(query.from, order.rows.length));
  const rows = order.rows.subarray(from, from + Math.min(query.limit, MAX_PAGE));
  return {
    version: order.version,
    matching: order.rows.length,
    total: order.total,
    tasks: Array.from(rows, (row) => taskBrief(store, row)),
  };
}

/** Rows that a text finds; none for an empty one. */
export function taskRowsMatching(store: TraceStore, text: string): Int32Array {
  if (text.trim() === '') return new Int32Array(0);
  return matching(store, { text, functionId: null, state: null, node: null });
}

function orderOf(store: TraceStore, { filter, sort }: TaskListQuery): Order {
  return orders.of(store, JSON.stringify([filter, sort]), () => {
    const t = store.tasks;
    const rows = matching(store, filter);
    return {
      version: store.version,
      rows: sort ? sorted(store, rows, sort) : standing(t, rows),
      total: taskCount(t),
    };
  });
}

/** What is not known stands last, whichever way the rest goes. */
function sorted(
  store: TraceStore,
  rows: Int32Array,
  { column, descending }: NonNullable<TaskListQuery['sort']>,
): Int32Array {
  const values = Float64Array.from(rows, columnReader(store, column));
  const sign = descending ? -1 : 1;
  const places = new Int32Array(rows.length).map((_, i) => i);
  places.sort((a, b) => {
    const x = values[a]!;
    const y = values[b]!;
    if (x === y) return a - b;
    if (Number.isNaN(x)) return Number.isNaN(y) ? a - b : 1;
    return Number.isNaN(y) ? -1 : sign * (x - y);
  });
  return places.map((place) => rows[place]!);
}

/** Failed first, then as first seen. */
function standing(t: TaskTable, rows: Int32Array): Int32Array {
  const result = new Int32Array(rows.length);
  let at = 0;
  for (const row of rows) if (t.state[row] === FAILED) result[at++] = row;
  for (const row of rows) if (t.state[row] !== FAILED) result[at++] = row;
  return result;
}

/** Rows of tasks that pass: never the driver's, nor Ray's own, of which only the name of what they returned is known. */
function matching(store: TraceStore, filter: TaskFilter): Int32Array {
  const { tasks: t } = store;
  const passes = functionTest(t, filter);
  const errors = new Set<number>();
  const text = filter.text.trim().toLowerCase();
  if (text !== '') {
    t.errors.values.forEach((error, at) => {
      if (error.toLowerCase().includes(text)) errors.add(at);
    });
  }
  const state = filter.state === null ? NONE : STATES.indexOf(filter.state);
  const isId = /^[0-9a-f]{4,}$/.test(text);
  const rows = new Int32Array(t.size);
  let size = 0;
  for (let row = 0; row < t.size; row++) {
    if (t.isDriver(row) || t.fn[row] === NONE) continue;
    if (state !== NONE && t.state[row] !== state) continue;
    if (filter.node !== null && t.node[row] !== filter.node) continue;
    const byName = passes(row);
    if (byName === 'no') continue;
    if (
      text !== '' &&
      byName !== 'text' &&
      !errors.has(t.error[row]!) &&
      !(isId && t.id(row).startsWith(text))
    )
      continue;
    rows[size++] = row;
  }
  return rows.slice(0, size);
}

/** `no`: another function than the wanted one. `text`: its name holds the text. */
function functionTest(t: TaskTable, filter: TaskFilter): (row: number) => 'no' | 'text' | 'yes' {
  const text = filter.text.trim().toLowerCase();
  const named = t.functions.values.map((name) => text !== '' && shortName(name).toLowerCase().includes(text));
  const isWanted = filter.functionId === null ? null : functionMatcher(t, filter.functionId);
  return (row) => {
    if (isWanted && !isWanted(row)) return 'no';
    return named[t.fn[row]!] ? 'text' : 'yes';
  };
}

function columnReader(store: TraceStore, column: TaskColumn): (row: number) => number {
  const { tasks: t } = store;
  switch (column) {
    case 'name': {
      const rank = ranks(t.functions.values.map(shortName));
      return (row) => rank[t.fn[row]!]!;
    }
    case 'state':
      return (row) => t.state[row]!;
    case 'node':
      return (row) => (t.node[row] === NONE ? NaN : t.node[row]!);
    case 'submitted':
      return (row) => t.submitMs[row]!;
    case 'queue':
      return (row) => t.startMs[row]! - t.submitMs[row]!;
    case 'duration':
      return (row) => t.endMs[row]! - t.startMs[row]!;
    case 'cpu':
      return (row) => t.cpuMs[row]!;
    case 'bytesIn':
      return (row) => bytesInto(store, row);
    case 'bytesOut':
      return (row) => t.bytesOut[row]!;
  }
}

function ranks(names: readonly string[]): number[] {
  const sorted = names.map((name, at) => ({ name, at })).sort((a, b) => a.name.localeCompare(b.name));
  const rank: number[] = [];
  let now = -1;
  sorted.forEach(({ name, at }, i) => {
    if (i === 0 || name !== sorted[i - 1]!.name) now = i;
    rank[at] = now;
  });
  return rank;
}

function taskCount(t: TaskTable): number {
  let count = 0;
  for (let row = 0; row < t.size; row++) if (!t.isDriver(row) && t.fn[row] !== NONE) count++;
  return count;
}
