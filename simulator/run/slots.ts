/**
 * Jobs that wait for a script. A Ray job takes about a second from its submission to its entry point; so the next one
 * is submitted ahead of time with `launcher.py SLOT` as its entry point, and a run takes it by writing
 * `SLOT/command.json`. See ARCHITECTURE.md, "How a run goes".
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomic } from '../base/files';
import { fail } from '../model/failure';
import type { Endpoint } from '../ray/endpoint';
import { slotEntryPoint } from '../probe/entryPoint';
import { isJobOver, readJob, submitJob } from '../ray/jobs';

/** What the launcher becomes. Paths are as the cluster's nodes see them. */
export interface SlotCommand {
  run: string;
  argv: string[];
  cwd: string;
  /** As in `Launch.keepArguments`. */
  keep: false | string[];
  env: Record<string, string>;
  /** Becomes the job's runtime environment, as if it had been submitted with the job. */
  runtimeEnv: Record<string, unknown>;
}

export interface Slot {
  submissionId: string;
  dir: string;
}

export interface SlotPlace {
  slotsDir: string;
  /** Where `launcher.py` lies on the nodes. */
  launcher: string;
  /** Python on the nodes. */
  python: string;
}

export class Slots {
  private next: Promise<Slot> | null = null;

  constructor(
    private readonly place: SlotPlace,
    private readonly endpoint: () => Promise<Endpoint>,
  ) {}

  /** Has a slot wait for the next run. Quiet: when it does not work, the next run submits its own. */
  prepare(): void {
    this.next ??= this.submit();
    this.next.catch(() => (this.next = null));
  }

  /** A slot for one run: the one that waits, or a new one. */
  async take(): Promise<Slot> {
    const waiting = this.next;
    this.next = null;
    if (waiting) {
      const slot = await waiting.catch(() => null);
      if (slot && !existsSync(path.join(slot.dir, 'exit'))) return slot;
    }
    return this.submit();
  }

  /** After a restart of the engine: takes over a slot that still waits and removes those that are spent. */
  async recover(): Promise<void> {
    const endpoint = await this.endpoint();
    for (const submissionId of existsSync(this.place.slotsDir) ? readdirSync(this.place.slotsDir) : []) {
      const slot = { submissionId, dir: path.join(this.place.slotsDir, submissionId) };
      if (existsSync(path.join(slot.dir, 'command.json'))) continue;
      const job = await readJob(endpoint, submissionId);
      if (job && !isJobOver(job.status) && !existsSync(path.join(slot.dir, 'exit')) && !this.next) {
        this.next = Promise.resolve(slot);
      } else {
        rmSync(slot.dir, { recursive: true, force: true });
      }
    }
  }

  private async submit(): Promise<Slot> {
    const submissionId = `heliostat-${randomBytes(5).toString('hex')}`;
    const dir = path.join(this.place.slotsDir, submissionId);
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    try {
      const { python, launcher } = this.place;
      await submitJob(await this.endpoint(), {
        entrypoint: slotEntryPoint(python, launcher, dir),
        submissionId,
        runtimeEnv: {},
        metadata: {},
      });
    } catch (error) {
      rmSync(dir, { recursive: true, force: true });
      throw error;
    }
    return { submissionId, dir };
  }
}

/** Lets the launcher in a slot go on as the script. Twice is once. */
export function fillSlot(slot: Slot, command: SlotCommand): void {
  const file = path.join(slot.dir, 'command.json');
  if (!existsSync(slot.dir)) fail({ code: 'internal', detail: `The slot ${slot.dir} is gone.` });
  if (!existsSync(file)) writeAtomic(file, JSON.stringify(command));
}

/** The script's exit code once its process has ended; null before. */
export async function readExit(slot: Slot): Promise<number | null> {
  const text = await readFile(path.join(slot.dir, 'exit'), 'utf8').catch(() => null);
  return text === null ? null : Number(text.trim());
}
