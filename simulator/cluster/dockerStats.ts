/** CPU and memory of containers. Ray cannot know them: in a container it reports the whole host's CPU use. */
import type Docker from 'dockerode';
import { sleep } from '../base/context';
import { number, object, text } from '../ray/decode';
import type { BackendNode } from './backend';

export type ContainerSample = NonNullable<BackendNode['sample']>;

/** What one answer of Docker's stats says. */
export interface StatsReading {
  timeMs: number;
  /** CPU time since the container's start. */
  cpuMs: number | null;
  memoryUsedBytes: number | null;
  memoryTotalBytes: number | null;
}

/** The engine reads once a second and answers with its next reading. */
const PERIOD_MS = 1000;
const MAX_WAIT_MS = 1200;
/** A sample that is older is not worth having without waiting. */
const STALE_MS = 2500;

interface Entry {
  last: StatsReading | null;
  /** When that was, by this process's clock: the engine's may be another machine's. */
  readMs: number;
  sample: ContainerSample | null;
  pending: Promise<void> | null;
}

/** Keeps the last reading of each container, since CPU use is the difference of two. */
export class StatsSampler {
  private readonly entries = new Map<string, Entry>();

  /**
   * The newest sample, relative to the container's own CPUs, while the next one is fetched. Waits about a second where
   * there is none that counts, unless the caller is in a hurry. CPU is null until there are two readings.
   */
  async sample(
    docker: Docker,
    containerId: string,
    cpus: number,
    isHurried: boolean,
  ): Promise<ContainerSample | null> {
    const entry = this.entries.get(containerId) ?? {
      last: null,
      readMs: -Infinity,
      sample: null,
      pending: null,
    };
    this.entries.set(containerId, entry);
    const ageMs = performance.now() - entry.readMs;
    const isGood = ageMs < STALE_MS && entry.sample?.cpuPct != null;
    if (!isGood || ageMs > PERIOD_MS) {
      entry.pending ??= this.read(docker, containerId, cpus, entry).finally(() => (entry.pending = null));
    }
    if (!isGood && !isHurried && entry.pending) await Promise.race([entry.pending, sleep(MAX_WAIT_MS)]);
    return entry.sample;
  }

  forget(containerId: string): void {
    this.entries.delete(containerId);
  }

  /** Never throws: a container that went away, or an engine that does not answer, leaves the old sample. */
  private async read(docker: Docker, containerId: string, cpus: number, entry: Entry): Promise<void> {
    try {
      // One-shot: otherwise the engine waits for a second reading too.
      const answer = await docker.getContainer(containerId).stats({ stream: false, 'one-shot': true });
      const reading = decodeStats(answer);
      if (!reading) return;
      entry.sample = toSample(entry.last, reading, cpus);
      entry.last = reading;
      entry.readMs = performance.now();
    } catch {
      return;
    }
  }
}

export function toSample(before: StatsReading | null, now: StatsReading, cpus: number): ContainerSample {
  const { memoryUsedBytes, memoryTotalBytes } = now;
  return { cpuPct: cpuPct(before, now, cpus), memoryUsedBytes, memoryTotalBytes };
}

function cpuPct(before: StatsReading | null, now: StatsReading, cpus: number): number | null {
  if (!before || before.cpuMs === null || now.cpuMs === null || now.timeMs <= before.timeMs) return null;
  const share = (now.cpuMs - before.cpuMs) / (now.timeMs - before.timeMs) / cpus;
  return Math.min(100, Math.max(0, share * 100));
}

/** Null for a container that does not run: the engine then answers with a zero date. */
export function decodeStats(answer: unknown): StatsReading | null {
  const stats = object(answer);
  const timeMs = Date.parse(text(stats['read']) ?? '');
  if (!(timeMs > 0)) return null;
  const cpu = number(object(object(stats['cpu_stats'])['cpu_usage'])['total_usage']);
  const memory = object(stats['memory_stats']);
  return {
    timeMs,
    cpuMs: cpu === null ? null : cpu / 1e6,
    memoryUsedBytes: usedMemory(memory),
    memoryTotalBytes: number(memory['limit']),
  };
}

/** As `docker stats` shows it: without file pages that the kernel takes back first (cgroup v1's name, then v2's). */
function usedMemory(memory: Record<string, unknown>): number | null {
  const usage = number(memory['usage']);
  const details = object(memory['stats']);
  const cache = number(details['total_inactive_file']) ?? number(details['inactive_file']) ?? 0;
  return usage === null ? null : Math.max(0, usage - cache);
}
