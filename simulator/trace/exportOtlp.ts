/**
 * A trace as OpenTelemetry spans in OTLP's JSON (opentelemetry-proto, `TracesData`): one resource per node, a span for
 * each task that began, children below the task that submitted them, links along data edges.
 */
import { createHash } from 'node:crypto';
import { DEPENDENCY_KINDS } from './edgeTable';
import { edgeBytes } from './dataEdges';
import { KINDS, NONE, STATES } from './taskTable';
import { shortName } from './summary';
import type { TraceStore } from './traceStore';

const INTERNAL = 1;
const OK = 1;
const ERROR = 2;

type Value = string | number;

/** Pieces of one JSON text. `run` names the trace. */
export function* otlpPieces(store: TraceStore, run: string, nowMs: number): Generator<string> {
  const traceId = digest(run, 32);
  yield '{"resourceSpans":[';
  const indexes = [...new Set([...store.nodes.keys(), NONE])];
  for (const [at, index] of indexes.entries()) {
    const node = store.nodes.get(index);
    const resource = {
      attributes: attributes({
        'service.name': 'heliostat',
        'heliostat.run': run,
        'host.name': node?.name ?? 'unknown',
      }),
    };
    yield `${at > 0 ? ',' : ''}\n{"resource":${JSON.stringify(resource)},"scopeSpans":[{"scope":{"name":"heliostat"},"spans":[`;
    let first = true;
    for (let row = 0; row < store.tasks.size; row++) {
      const lies = store.nodes.has(store.tasks.node[row]!) ? store.tasks.node[row]! : NONE;
      if (lies !== index || Number.isNaN(store.tasks.startMs[row]!)) continue;
      yield `${first ? '' : ','}\n${JSON.stringify(span(store, row, traceId, nowMs))}`;
      first = false;
    }
    yield ']}]}';
  }
  yield '\n]}\n';
}

function span(store: TraceStore, row: number, traceId: string, nowMs: number): object {
  const t = store.tasks;
  const parent = t.parent[row]!;
  const isFailed = STATES[t.state[row]!] === 'failed';
  const first = store.edges.first(row);
  return {
    traceId,
    spanId: digest(t.id(row), 16),
    ...(parent === NONE ? {} : { parentSpanId: digest(t.id(parent), 16) }),
    name: shortName(t.functionName(row) ?? '?'),
    kind: INTERNAL,
    startTimeUnixNano: nanos(t.startMs[row]!),
    endTimeUnixNano: nanos(Number.isNaN(t.endMs[row]!) ? Math.max(nowMs, t.startMs[row]!) : t.endMs[row]!),
    attributes: attributes({
      'ray.task_id': t.id(row),
      'ray.task_kind': KINDS[t.kind[row]!]!,
      'ray.task_state': STATES[t.state[row]!]!,
      'ray.worker_id': t.worker[row] === NONE ? '' : t.workers.values[t.worker[row]!]!,
      'process.pid': t.pid[row]!,
      'heliostat.submit_ms': t.submitMs[row]!,
      'heliostat.cpu_ms': t.cpuMs[row]!,
      'heliostat.run_delay_ms': t.runDelayMs[row]!,
      'heliostat.bytes_in': t.bytesIn[row]!,
      'heliostat.bytes_out': t.bytesOut[row]!,
    }),
    links: Array.from({ length: store.edges.count(row) }, (_, at) => {
      const edge = first + at;
      const kind = DEPENDENCY_KINDS[store.edges.kind[edge]!]!;
      const bytes = edgeBytes(store, edge);
      const spanId = digest(t.id(store.edges.task[edge]!), 16);
      return {
        traceId,
        spanId,
        attributes: attributes({ 'heliostat.dependency': kind, 'heliostat.bytes': bytes }),
      };
    }),
    status: isFailed
      ? { code: ERROR, message: t.error[row] === NONE ? 'failed' : t.errors.values[t.error[row]!] }
      : STATES[t.state[row]!] === 'finished'
        ? { code: OK }
        : {},
  };
}

/** Unknown numbers and empty texts are left out. 64-bit integers are strings in OTLP's JSON. */
function attributes(values: Record<string, Value>): object[] {
  return Object.entries(values).flatMap(([key, value]): object[] => {
    if (value === '' || Number.isNaN(value)) return [];
    if (typeof value === 'string') return [{ key, value: { stringValue: value } }];
    return [{ key, value: Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value } }];
  });
}

function nanos(ms: number): string {
  return `${BigInt(Math.round(ms * 1000)) * 1000n}`;
}

function digest(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}
