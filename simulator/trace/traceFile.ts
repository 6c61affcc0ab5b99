/**
 * A run's record on disk: `trace.heliostat`. After the mark and the format's number come sections, each with its kind,
 * length and checksum, and each packed by itself: first the words (functions, call sites, nodes, what is lost), then
 * blocks of tasks with their edges, then blocks of waits. A file that ends early or is damaged shows what comes before;
 * one of a newer format is refused with words, never misread.
 */
import { open, readFile, rename, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, deflateRaw, inflateRaw } from 'node:zlib';
import type { TraceMark } from '../model/fault';
import type { LibraryState } from '../model/library';
import type { ActorSummary } from '../model/trace';
import { fail } from '../model/failure';
import { decodeTasks, decodeWaits, encodeTasks, encodeWaits } from './traceBlocks';
import { NONE } from './taskTable';
import { TraceStore, type NodeTrace } from './traceStore';

export const TRACE_FORMAT = 2;
const MARK = Buffer.from('HELIOSTAT TRACE\n');
const ROWS_PER_BLOCK = 16_384;
const WORDS = 0;
const TASKS = 1;
const WAITS = 2;
const ID_BYTES = 24;

interface Words {
  source: TraceStore['source'];
  functions: string[];
  workers: string[];
  errors: string[];
  sites: string[];
  resourceSets: string[];
  bytesOutEach: [number, number[]][];
  nodes: [number, NodeTrace][];
  actors: ActorSummary[];
  /** Absent in files of before there were any. */
  libraries?: LibraryState[];
  lost: { source: string; count: number; reason: string }[];
  /** Absent in files of before there were any. */
  notices?: string[];
  countedByRay: number | null;
  servants: number;
  tasks: number;
  marks: TraceMark[];
}

/** Written beside and renamed, so that a full disk leaves the old file or none. */
export async function writeTrace(file: string, store: TraceStore): Promise<void> {
  const out = await open(`${file}.half`, 'w', 0o600);
  try {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(TRACE_FORMAT);
    await out.write(Buffer.concat([MARK, head]));
    await section(out, WORDS, [Buffer.from(JSON.stringify(words(store)))]);
    const { tasks, waits } = store;
    // Rows that come while this is written belong to the next writing.
    const [taskCount, waitCount] = [tasks.size, waits.size];
    for (let from = 0; from < taskCount; from += ROWS_PER_BLOCK) {
      const to = Math.min(from + ROWS_PER_BLOCK, taskCount);
      await section(out, TASKS, [
        count(to - from),
        ...encodeIds(store, from, to),
        ...encodeTasks(store, from, to),
      ]);
    }
    for (let from = 0; from < waitCount; from += ROWS_PER_BLOCK) {
      const to = Math.min(from + ROWS_PER_BLOCK, waitCount);
      await section(out, WAITS, [count(to - from), ...encodeWaits(store, from, to)]);
    }
  } finally {
    await out.close();
  }
  await rename(`${file}.half`, file);
}

/** Fails as `trace-unreadable` where nothing can be shown; what is missing of the rest is said in `lost`. */
export async function readTrace(file: string): Promise<TraceStore> {
  const data = await readFile(file).catch((error: Error) => unreadable(file, error.message));
  if (!data.subarray(0, MARK.length).equals(MARK) || data.length < MARK.length + 4)
    return unreadable(file, 'It is no trace of Heliostat.');
  const format = data.readUInt32LE(MARK.length);
  if (format !== TRACE_FORMAT)
    unreadable(file, `It is of format ${format}; this version of Heliostat reads format ${TRACE_FORMAT}.`);
  const store = new TraceStore();
  let wanted: number | null = null;
  for await (const { kind, parts } of sections(data, MARK.length + 4)) {
    if (kind === WORDS) {
      wanted = restoreWords(store, JSON.parse(parts[0]!.toString('utf8')) as Words);
      // A task takes some bytes of the file: what says otherwise is damaged.
      store.tasks.expect(Math.min(wanted, data.length));
    } else if (kind === TASKS && wanted !== null) restoreTasks(store, wanted, parts);
    else if (kind === WAITS && wanted !== null) decodeWaits(store, parts[0]!.readUInt32LE(0), parts.slice(1));
  }
  if (wanted === null) return unreadable(file, 'It is cut short or damaged before its first task.');
  store.isSettled = true;
  const missing = wanted - store.tasks.size;
  if (missing > 0) forgetMissing(store, missing, wanted);
  return store;
}

/** Of a file that is cut short: what refers to tasks that are not there. */
function forgetMissing(store: TraceStore, missing: number, wanted: number): void {
  const { tasks, edges } = store;
  for (let row = 0; row < tasks.size; row++) if (tasks.parent[row]! >= tasks.size) tasks.parent[row] = NONE;
  edges.dropProducers(tasks.size, tasks.size);
  for (const row of store.bytesOutEach.keys()) if (row >= tasks.size) store.bytesOutEach.delete(row);
  store.apply({
    type: 'lost',
    source: 'file',
    count: missing,
    reason: `of ${wanted} tasks are missing: the file is cut short or damaged`,
  });
}

function unreadable(path: string, detail: string): never {
  return fail({ code: 'trace-unreadable', path, detail });
}

function words(store: TraceStore): Words {
  const { tasks } = store;
  return {
    source: store.source,
    functions: tasks.functions.values,
    workers: tasks.workers.values,
    errors: tasks.errors.values,
    sites: tasks.sites.values,
    resourceSets: tasks.resourceSets.values,
    bytesOutEach: [...store.bytesOutEach],
    nodes: [...store.nodes],
    actors: [...store.actors.values()],
    libraries: [...store.libraries.values()],
    lost: [...store.lost.values()],
    notices: [...store.notices],
    countedByRay: store.countedByRay,
    servants: store.servants,
    tasks: tasks.size,
    marks: store.marks,
  };
}

function restoreWords(store: TraceStore, content: Words): number {
  const { tasks } = store;
  store.source = content.source;
  for (const name of ['functions', 'workers', 'errors', 'sites', 'resourceSets'] as const)
    content[name].forEach((value) => tasks[name].of(value));
  for (const [row, sizes] of content.bytesOutEach) store.bytesOutEach.set(row, sizes);
  for (const [index, node] of content.nodes) store.nodes.set(index, node);
  for (const actor of content.actors) store.actors.set(actor.id, actor);
  for (const state of content.libraries ?? []) store.libraries.set(`${state.library} ${state.id}`, state);
  for (const lost of content.lost) store.lost.set(`${lost.source} ${lost.reason}`, lost);
  for (const notice of content.notices ?? []) store.notices.add(notice);
  store.marks.push(...content.marks);
  store.countedByRay = content.countedByRay;
  store.servants = content.servants;
  return content.tasks;
}

/** The ids' bytes, and those that are no ids of Ray's. */
function encodeIds(store: TraceStore, from: number, to: number): Buffer[] {
  const bytes = Buffer.alloc((to - from) * ID_BYTES);
  const odd: [number, string][] = [];
  for (let row = from; row < to; row++) {
    if (!store.tasks.copyId(row, bytes, (row - from) * ID_BYTES)) odd.push([row - from, store.tasks.id(row)]);
  }
  return [bytes, Buffer.from(JSON.stringify(odd))];
}

function restoreTasks(store: TraceStore, wanted: number, [head, ids, odd, ...streams]: Buffer[]): void {
  const many = head!.readUInt32LE(0);
  const from = store.tasks.size;
  const strange = new Map(JSON.parse(odd!.toString('utf8')) as [number, string][]);
  for (let at = 0; at < many; at++) {
    const id = strange.size > 0 ? strange.get(at) : undefined;
    if (id === undefined) store.tasks.rowOfBytes(ids!, at * ID_BYTES);
    else store.tasks.row(id);
  }
  decodeTasks(store, from, from + many, wanted, streams);
  for (let row = from; row < from + many; row++) store.counted(row);
}

function count(many: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(many);
  return buffer;
}

/** `kind, length of what follows, checksum, {number of parts, their lengths, the parts} packed`. */
async function section(out: FileHandle, kind: number, parts: Buffer[]): Promise<void> {
  const packed = await promisify(deflateRaw)(
    Buffer.concat([count(parts.length), ...parts.map((one) => count(one.length)), ...parts]),
  );
  const head = Buffer.alloc(9);
  head.writeUInt8(kind, 0);
  head.writeUInt32LE(packed.length, 1);
  head.writeUInt32LE(crc32(packed), 5);
  await out.write(Buffer.concat([head, packed]));
}

interface Section {
  kind: number;
  parts: Buffer[];
}

/** Up to the first that is cut short or damaged. The next one is unpacked, by another thread, while one is in use. */
async function* sections(data: Buffer, start: number): AsyncGenerator<Section> {
  let next = packedSection(data, start);
  let plain = next && unpack(next);
  while (next && plain) {
    const { kind, end } = next;
    const parts = await plain;
    next = packedSection(data, end);
    plain = next && unpack(next);
    // It is asked for later, and may fail before.
    plain?.catch(() => undefined);
    yield { kind, parts };
  }
}

/** Null where it is cut short, damaged or not there. */
function packedSection(data: Buffer, at: number): { kind: number; packed: Buffer; end: number } | null {
  if (at + 9 > data.length) return null;
  const end = at + 9 + data.readUInt32LE(at + 1);
  const packed = data.subarray(at + 9, end);
  if (end > data.length || crc32(packed) !== data.readUInt32LE(at + 5)) return null;
  return { kind: data.readUInt8(at), packed, end };
}

async function unpack({ packed }: { packed: Buffer }): Promise<Buffer[]> {
  const plain = await promisify(inflateRaw)(packed);
  const many = plain.readUInt32LE(0);
  const parts: Buffer[] = [];
  let from = 4 + many * 4;
  for (let part = 0; part < many; part++) {
    const length = plain.readUInt32LE(4 + part * 4);
    parts.push(plain.subarray(from, (from += length)));
  }
  return parts;
}
