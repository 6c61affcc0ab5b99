/**
 * Ray's task ids by row, and rows by id. An id is 24 bytes (48 hex digits), kept as six numbers in one array and found
 * by open addressing: a million ids cost 32 MB, where strings and a Map cost 200. What is no such id is kept as a string.
 */
import type { TaskKind } from '../model/trace';

const WORDS = 6;
const ALL_ONES = 0xffffffff;
const ONES = 'f'.repeat(16);
const FIRST_CAPACITY = 256;
const NIBBLES = nibbles();

export class TaskIds {
  private words = new Uint32Array(FIRST_CAPACITY * WORDS);
  /** Row + 1 by hash; 0 is free. Never more than half full. */
  private slots = new Int32Array(FIRST_CAPACITY * 2);
  private readonly oddRows = new Map<string, number>();
  private readonly oddIds = new Map<number, string>();
  private readonly parsed = new Uint32Array(WORDS);
  size = 0;

  id(row: number): string {
    const odd = this.oddIds.get(row);
    if (odd !== undefined) return odd;
    let id = '';
    for (let at = row * WORDS; at < (row + 1) * WORDS; at++)
      id += this.words[at]!.toString(16).padStart(8, '0');
    return id;
  }

  find(id: string): number | undefined {
    if (!this.parse(id)) return this.oddRows.get(id);
    return found(this.slots[this.slotOf(0xffffffff)]!);
  }

  /** The row of the task that an object of `ray.put` came from: Ray zeroes the first byte of its id in the object's. */
  findPutter(id: string): number | undefined {
    return this.parse(id) ? found(this.slots[this.slotOf(0x00ffffff)]!) : undefined;
  }

  /** Makes room for so many ids at once. */
  expect(size: number): void {
    if (this.words.length < size * WORDS) this.words = enlarged(this.words, size * WORDS);
    let slots = this.slots.length;
    while (slots < size * 2) slots *= 2;
    if (slots > this.slots.length) this.rehash(slots);
  }

  /** The row of an id, a new one where it is not known. */
  add(id: string): number {
    return this.parse(id) ? this.addParsed() : this.addOdd(id);
  }

  /** As `add`, of an id in its 24 bytes. */
  addBytes(bytes: Buffer, at: number): number {
    for (let word = 0; word < WORDS; word++) this.parsed[word] = bytes.readUInt32BE(at + word * 4);
    return this.addParsed();
  }

  /** Writes an id's 24 bytes; false where it is none of Ray's. */
  copyBytes(row: number, to: Buffer, at: number): boolean {
    if (this.oddIds.has(row)) return false;
    for (let word = 0; word < WORDS; word++) to.writeUInt32BE(this.words[row * WORDS + word]!, at + word * 4);
    return true;
  }

  /** What the id itself says: see `kindById`. */
  kind(row: number): TaskKind {
    if (this.oddIds.size > 0 && this.oddIds.has(row)) return kindById(this.id(row));
    const at = row * WORDS;
    const ones = (from: number, to: number) => {
      for (let word = at + from; word < at + to; word++) if (this.words[word] !== ALL_ONES) return false;
      return true;
    };
    if (ones(0, 2)) return ones(2, 5) ? 'driver' : 'actor-creation';
    return ones(2, 5) ? 'task' : 'actor-task';
  }

  private addParsed(): number {
    const slot = this.slotOf(0xffffffff);
    const known = this.slots[slot]!;
    if (known !== 0) return known - 1;
    const row = this.size++;
    if (this.words.length < this.size * WORDS) this.words = larger(this.words, WORDS);
    this.words.set(this.parsed, row * WORDS);
    this.slots[slot] = row + 1;
    if (this.size * 2 > this.slots.length) this.rehash(this.slots.length * 2);
    return row;
  }

  private addOdd(id: string): number {
    const known = this.oddRows.get(id);
    if (known !== undefined) return known;
    const row = this.size++;
    if (this.words.length < this.size * WORDS) this.words = larger(this.words, WORDS);
    this.oddRows.set(id, row);
    this.oddIds.set(row, id);
    return row;
  }

  /** The slot that holds the parsed id, or the free one where it belongs. `mask` says which bits of the first word count. */
  private slotOf(mask: number): number {
    const { words, parsed, slots } = this;
    const first = (parsed[0]! & mask) >>> 0;
    for (let slot = hash(parsed, 0) & (slots.length - 1); ; slot = (slot + 1) & (slots.length - 1)) {
      const row = slots[slot]! - 1;
      if (row === -1) return slot;
      const at = row * WORDS;
      if (
        (words[at]! & mask) >>> 0 === first &&
        words[at + 1] === parsed[1] &&
        words[at + 2] === parsed[2] &&
        words[at + 3] === parsed[3] &&
        words[at + 4] === parsed[4] &&
        words[at + 5] === parsed[5]
      )
        return slot;
    }
  }

  private rehash(many: number): void {
    const slots = new Int32Array(many);
    for (let row = 0; row < this.size; row++) {
      if (this.oddIds.has(row)) continue;
      let slot = hash(this.words, row * WORDS) & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = row + 1;
    }
    this.slots = slots;
  }

  private parse(id: string): boolean {
    if (id.length !== WORDS * 8) return false;
    for (let word = 0; word < WORDS; word++) {
      let value = 0;
      for (let at = word * 8; at < word * 8 + 8; at++) {
        const nibble = NIBBLES[id.charCodeAt(at)];
        if (nibble === undefined || nibble === 0xff) return false;
        value = (value << 4) | nibble;
      }
      this.parsed[word] = value >>> 0;
    }
    return true;
  }
}

/**
 * What Ray's task ids say of the kind (src/ray/common/id.h): 8 unique bytes, 12 of the actor, 4 of the job. All ones
 * in the first 20 is the driver; in the first 8, an actor's creation; in bytes 8 to 20, a plain task.
 */
export function kindById(id: string): TaskKind {
  if (id.startsWith(ONES, 0)) return id.startsWith(ONES, 16) ? 'driver' : 'actor-creation';
  return id.startsWith(ONES, 16) ? 'task' : 'actor-task';
}

/** The id of a job's driver, which is a task as well: all ones, and the job's id. */
export function driverOf(jobId: string): string {
  return `${'f'.repeat(40)}${jobId}`;
}

/** The id of the task that creates the actor which an actor's task runs on. */
export function creationOf(actorTask: string): string {
  return makingOf(actorTask.slice(16));
}

/** The id of the task that makes an actor. */
export function makingOf(actor: string): string {
  return `${ONES}${actor}`;
}

/** Without the first byte, so that `findPutter` looks in the same place. */
function hash(words: Uint32Array, at: number): number {
  let value = words[at]! & 0x00ffffff;
  for (let word = 1; word < WORDS; word++)
    value = Math.imul(value ^ words[at + word]!, 0x9e3779b1) ^ (value >>> 15);
  return (value ^ (value >>> 13)) >>> 0;
}

function found(slot: number): number | undefined {
  return slot === 0 ? undefined : slot - 1;
}

/** Half as much again: twice would waste up to 32 bytes for each of a million ids. */
function larger(words: Uint32Array<ArrayBuffer>, step: number): Uint32Array<ArrayBuffer> {
  return enlarged(words, Math.ceil((words.length * 1.5) / step) * step);
}

function enlarged(words: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(length);
  grown.set(words);
  return grown;
}

/** Lower case alone: an id must come back as it was given. */
function nibbles(): Uint8Array {
  const table = new Uint8Array(128).fill(0xff);
  for (let value = 0; value < 16; value++) table[value.toString(16).charCodeAt(0)] = value;
  return table;
}
