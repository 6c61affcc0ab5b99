/** Tasks as a table (RFC 4180), one line each, columns as in `TaskRow`; dependencies as `task kind bytes`, parted by `;`. */
import type { TaskRow } from '../model/trace';
import { taskRow } from './rows';
import type { TraceStore } from './traceStore';

const COLUMNS = [
  'id',
  'name',
  'kind',
  'parent',
  'attempt',
  'state',
  'node',
  'worker',
  'pid',
  'submitMs',
  'argsReadyMs',
  'startMs',
  'endMs',
  'cpuMs',
  'runDelayMs',
  'fetchMs',
  'bytesIn',
  'bytesOut',
  'peakMemoryBytes',
  'cpus',
  'gpus',
  'error',
] as const satisfies readonly (keyof TaskRow)[];

export function* csvPieces(store: TraceStore): Generator<string> {
  yield `${[...COLUMNS, 'resources', 'site', 'deps'].join(',')}\r\n`;
  for (let row = 0; row < store.tasks.size; row++) {
    const task = taskRow(store, row);
    const cells = [
      ...COLUMNS.map((name) => task[name]),
      JSON.stringify(task.resources),
      task.site ? `${task.site.file}:${task.site.line}` : null,
      task.deps.map(({ task: id, kind, bytes }) => `${id} ${kind} ${bytes ?? ''}`.trim()).join(';'),
    ];
    yield `${cells.map(cell).join(',')}\r\n`;
  }
}

function cell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
