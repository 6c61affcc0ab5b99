import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NOTHING_MEASURED } from '../../../simulator/model/cluster';
import type { ExportFormat } from '../../../simulator/model/trace';
import { writeExport } from '../../../simulator/trace/exportFile';
import { Program } from './build';
import { DRIVER, T0_MS } from './synthetic';

let dir: string;
beforeEach(() => (dir = mkdtempSync(path.join(tmpdir(), 'heliostat-export-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('an export', () => {
  it('for Perfetto has a process for each node, lanes without overlap, and a flow for each data edge', async () => {
    const { traceEvents } = JSON.parse(await written('perfetto')) as { traceEvents: Event[] };
    const slices = traceEvents.filter((event) => event.ph === 'X' && event.cat !== 'wait');
    expect(slices.map((slice) => slice.name).sort()).toEqual(['?', 'a', 'b', 'c'].sort());
    const [a, b, c] = ['a', 'b', 'c'].map((name) => slices.find((slice) => slice.name === name)!);
    // `a` and `b` ran at once in one worker, `c` after both.
    expect(a!.tid).not.toBe(b!.tid);
    expect(c!.tid).toBe(a!.tid);
    const flows = traceEvents.filter((event) => event.ph === 's' || event.ph === 'f');
    expect(flows.map(({ ph, tid, ts }) => [ph, tid, (ts! - T0_MS * 1000) / 1000])).toEqual([
      ['s', a!.tid, 20],
      ['f', c!.tid, 30],
      ['s', b!.tid, 25],
      ['f', c!.tid, 30],
    ]);
    const named = traceEvents
      .filter((event) => event.ph === 'M')
      .map((event) => [event.name, event.args!['name']]);
    expect(named).toContainEqual(['process_name', 'head']);
    expect(named).toContainEqual(['thread_name', 'worker 2']);
    expect(traceEvents.filter((event) => event.cat === 'wait')).toMatchObject([
      { name: 'ray.get', dur: 40_000 },
    ]);
    expect(traceEvents.filter((event) => event.ph === 'C')).toMatchObject([
      { name: 'CPU %', args: { value: 50 } },
    ]);
  });

  it('as OpenTelemetry has spans with parents, links and errors', async () => {
    const { resourceSpans } = JSON.parse(await written('otlp')) as Otlp;
    const spans = resourceSpans.flatMap((one) => one.scopeSpans.flatMap((scope) => scope.spans));
    expect(spans).toHaveLength(4);
    const [driver, a, b, c] = ['?', 'a', 'b', 'c'].map((name) => spans.find((span) => span.name === name)!);
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(1);
    expect(a!.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect([a, b, c].map((span) => span!.parentSpanId)).toEqual(Array(3).fill(driver!.spanId));
    expect(c!.links.map((link) => link.spanId)).toEqual([a!.spanId, b!.spanId]);
    expect(c!.status).toEqual({ code: 2, message: 'ValueError: "no",\nrow' });
    expect(a!.startTimeUnixNano).toBe(`${BigInt(T0_MS + 10) * 1_000_000n}`);
  });

  it('as a table has a line for each task, quoted where it must be', async () => {
    const text = await written('csv');
    expect(text.startsWith('id,name,kind,parent,')).toBe(true);
    expect(text).toContain('"ValueError: ""no"",\nrow"');
    expect(text.split('\r\n')).toHaveLength(4 + 2);
  });
});

interface Event {
  ph: string;
  name: string;
  cat?: string;
  tid: number;
  ts?: number;
  dur?: number;
  args?: Record<string, unknown>;
}

interface Otlp {
  resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
}

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  startTimeUnixNano: string;
  links: { spanId: string }[];
  status: unknown;
}

async function written(format: ExportFormat): Promise<string> {
  const file = path.join(dir, format);
  const sizeBytes = await writeExport(program().store, {
    format,
    path: file,
    run: 'r-1',
    nowMs: T0_MS + 100,
  });
  const text = readFileSync(file, 'utf8');
  expect(Buffer.byteLength(text)).toBe(sizeBytes);
  return text;
}

function program(): Program {
  const made = new Program();
  const node = {
    name: 'head',
    state: 'alive',
    rayNodeId: null,
    cpus: 2,
    gpus: 0,
    gpusSimulated: false,
    memoryBytes: 1,
  } as const;
  made.apply({ type: 'node', nodeIndex: 0, node });
  made.apply({
    type: 'node-sample',
    nodeIndex: 0,
    sample: { timeMs: T0_MS, ...NOTHING_MEASURED, cpuPct: 50 },
  });
  const a = made.ran({ fn: 'a', at: [0, 10, 20], bytesOut: 10 });
  const b = made.ran({ fn: 'b', at: [0, 12, 25] });
  const deps = [a, b].map((task) => ({ task, kind: 'argument' as const, bytes: null, index: 1 }));
  const c = made.ran({ fn: 'c', at: [1, 30, 40], deps, error: 'ValueError: "no",\nrow' });
  made.got([c], 2, 42, 9, DRIVER);
  return made;
}
