/** One line of the spool (ARCHITECTURE.md, "The spool") as events. A row that is not as it should be is left out. */
import { list, number, text, type Json } from '../ray/decode';
import type { CallSite, Dependency, TaskKind, TraceEvent } from '../model/trace';
import { creationOf, driverOf, kindById } from './taskIds';
import { spoolSubmissions, type SpoolSubmission } from './spoolSubmissions';
import { WAIT_KINDS } from './waitTable';

const KINDS: readonly TaskKind[] = ['task', 'actor-creation', 'actor-task'];
/** Objects of `ray.put` are numbered from here on (src/ray/common/constants.h, `kMaxNumGeneratorReturns`). */
const FIRST_PUT = 100_000_001;
const JOB_DIGITS = 8;
const MAX_PUTS = 500_000;

/** What `ray.put` stored, by object id: the task that did it, and the size. */
export class Puts {
  private readonly known = new Map<string, { task: string; bytes: number | null }>();

  add(object: string, task: string, bytes: number | null): void {
    this.known.set(object, { task, bytes });
    if (this.known.size > MAX_PUTS) this.known.delete(this.known.keys().next().value!);
  }

  get(object: string): { task: string; bytes: number | null } | undefined {
    return this.known.get(object);
  }
}

export class SpoolLine {
  private readonly sites: (CallSite | null)[];
  private readonly where: { node: string; worker: string; pid: number };
  private readonly plainTail: string;
  private readonly driver: string;

  constructor(
    private readonly batch: Json,
    private readonly puts: Puts,
  ) {
    const job = text(batch['job']) ?? '';
    this.plainTail = 'f'.repeat(24) + job;
    this.driver = driverOf(job);
    this.sites = list(batch['sites']).map(decodeSite);
    this.where = {
      // Our index of it, or Ray's id where we have none.
      node: String(number(batch['node']) ?? text(batch['node']) ?? ''),
      worker: text(batch['worker']) ?? '',
      pid: number(batch['pid']) ?? 0,
    };
  }

  /** Only the sizes of what was put: those of all lines are wanted before the first submission is decoded. */
  readPuts(): void {
    for (const [object, task, bytes] of this.rows('put'))
      if (typeof object === 'string') this.puts.add(this.full(object), this.full(task), number(bytes));
  }

  read(events: TraceEvent[]): void {
    for (const one of spoolSubmissions(this.batch['sub'])) this.submission(one, events);
    for (const [task, fn, timeMs] of this.rows('start')) {
      if (typeof task !== 'string' || typeof timeMs !== 'number') continue;
      events.push({ type: 'started', task: this.full(task), ...this.where, timeMs, function: String(fn) });
    }
    for (const row of this.rows('end')) this.end(row, events);
    for (const [task, bytes] of this.rows('out'))
      if (typeof task === 'string' && typeof bytes === 'number')
        events.push({ type: 'stored', task: this.full(task), bytes });
    for (const row of this.rows('wait')) this.wait(row, events);
    for (const [timeMs, library, id, iterations, metrics] of this.rows('report')) {
      if (typeof timeMs !== 'number' || typeof id !== 'string' || typeof iterations !== 'number') continue;
      if (library !== 'train' && library !== 'tune') continue;
      const report = { iterations, metrics: isAmounts(metrics) ? metrics : {}, timeMs };
      events.push({ type: 'libraryReport', library, id, report });
    }
    const servants = number(this.batch['servants']) ?? 0;
    if (servants > 0) events.push({ type: 'counted', source: 'probe', tasks: servants });
    const notice = text(this.batch['notice']);
    if (notice !== null) events.push({ type: 'noticed', words: notice });
    const lost = number(this.batch['lost']) ?? 0;
    if (lost > 0)
      events.push({ type: 'lost', source: 'probe', count: lost, reason: 'the probe could not write them' });
  }

  private rows(name: string): unknown[][] {
    return list(this.batch[name]).map(list);
  }

  private submission(one: SpoolSubmission, events: TraceEvent[]): void {
    const id = this.full(one.task);
    const kind = KINDS[one.kind] ?? 'task';
    const site = this.sites[number(one.site) ?? -1];
    events.push({
      type: 'submitted',
      task: id,
      parent: this.full(one.parent),
      kind,
      function: one.function,
      timeMs: one.timeMs,
      ...(typeof one.gpus === 'number' && one.gpus > 0 ? { gpus: one.gpus } : {}),
      ...(typeof one.cpus === 'number' ? { cpus: one.cpus } : {}),
      ...(isAmounts(one.resources) ? { resources: one.resources } : {}),
      ...(one.valueBytes === null ? {} : { valueBytes: one.valueBytes }),
      ...(site ? { site } : {}),
      deps: [
        ...(kind === 'actor-task' ? [{ task: creationOf(id), kind: 'actor', bytes: null } as const] : []),
        ...one.given.map((object) => this.dependency(object, 'argument')),
        ...one.nested.map((object) => this.dependency(object, 'nested')),
      ],
    });
  }

  /** An object's id is the id of the task that made it and a number, lowest byte first. */
  private dependency(object: unknown, kind: 'argument' | 'nested'): Dependency {
    const id = this.full(object);
    const task = id.slice(0, -JOB_DIGITS);
    const index = Number.parseInt(id.slice(-JOB_DIGITS).match(/../g)?.reverse().join('') ?? '0', 16);
    // The object of an actor's handle is named by the actor's creation.
    if (kindById(task) === 'actor-creation') return { task, kind: 'actor', bytes: null };
    if (index < FIRST_PUT) return { task, kind, bytes: null, index };
    const put = this.puts.get(id);
    return { task: put?.task ?? task, kind: 'put', bytes: put?.bytes ?? null };
  }

  private end(row: unknown[], events: TraceEvent[]): void {
    const [task, fn, startMs, endMs, cpuMs, error, runDelayMs, fetchMs, bytesIn, bytesOut, peak, allCpuMs] =
      row;
    if (typeof task !== 'string' || typeof startMs !== 'number' || typeof endMs !== 'number') return;
    const each = Array.isArray(bytesOut) ? bytesOut.map((bytes) => number(bytes) ?? 0) : null;
    events.push({
      type: 'ended',
      task: this.full(task),
      ...this.where,
      startMs,
      timeMs: endMs,
      cpuMs: number(cpuMs),
      error: text(error),
      ...(typeof fn === 'string' ? { function: fn } : {}),
      runDelayMs: number(runDelayMs),
      fetchMs: number(fetchMs),
      bytesIn: number(bytesIn),
      bytesOut: each ? each.reduce((sum, bytes) => sum + bytes, 0) : number(bytesOut),
      ...(each ? { bytesOutEach: each } : {}),
      peakMemoryBytes: number(peak),
      processCpuMs: number(allCpuMs),
    });
  }

  private wait(row: unknown[], events: TraceEvent[]): void {
    const [task, kind, startMs, endMs, site, on] = row;
    if (typeof task !== 'string' || typeof startMs !== 'number' || typeof endMs !== 'number') return;
    const at = this.sites[number(site) ?? -1];
    events.push({
      type: 'waited',
      task: this.full(task),
      kind: WAIT_KINDS[Number(kind)] ?? 'get',
      startMs,
      endMs,
      on: list(on).map((producer) => this.full(producer)),
      ...(at ? { site: at } : {}),
    });
  }

  /** Ids of plain tasks of the line's job are written without their tail, the driver's as nothing; objects' likewise. */
  private full(id: unknown): string {
    const short = String(id);
    const index = short.length % 16 === JOB_DIGITS ? short.slice(-JOB_DIGITS) : '';
    const task = index === '' ? short : short.slice(0, -JOB_DIGITS);
    if (task === '') return this.driver + index;
    return task.length === 16 ? task + this.plainTail + index : short;
  }
}

function decodeSite(value: unknown): CallSite | null {
  const [file, line] = list(value);
  return typeof file === 'string' && typeof line === 'number' ? { file, line } : null;
}

function isAmounts(value: unknown): value is Record<string, number> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((amount) => typeof amount === 'number')
  );
}
