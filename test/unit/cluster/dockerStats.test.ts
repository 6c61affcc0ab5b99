import { describe, expect, it } from 'vitest';
import { decodeStats, toSample } from '../../../simulator/cluster/dockerStats';

const MIB = 1024 ** 2;

/** As Docker answers, cut to what is read; cgroup v1 and v2 name the page cache differently. */
function stats(read: string, cpuNs: number, memory: Record<string, number>) {
  return {
    read,
    cpu_stats: { cpu_usage: { total_usage: cpuNs } },
    memory_stats: { usage: 900 * MIB, limit: 2048 * MIB, stats: memory },
  };
}

describe('container samples', () => {
  const before = decodeStats(
    stats('2026-01-01T00:00:00.000000000Z', 5e9, { total_inactive_file: 100 * MIB }),
  );
  const after = decodeStats(stats('2026-01-01T00:00:02.000000000Z', 6e9, { inactive_file: 200 * MIB }));

  it("relates CPU time to the node's own CPUs", () => {
    expect(after && toSample(before, after, 2).cpuPct).toBeCloseTo(25);
    expect(after && toSample(before, after, 0.1).cpuPct).toBe(100);
  });

  it('does not know CPU use from a single reading', () => {
    expect(after && toSample(null, after, 2).cpuPct).toBeNull();
    expect(after && toSample(after, after, 2).cpuPct).toBeNull();
  });

  it('leaves out what the kernel takes back first', () => {
    expect(before?.memoryUsedBytes).toBe(800 * MIB);
    expect(after?.memoryUsedBytes).toBe(700 * MIB);
    expect(after?.memoryTotalBytes).toBe(2048 * MIB);
  });

  it('takes the answer for a stopped container as none', () => {
    expect(decodeStats({ read: '0001-01-01T00:00:00Z', cpu_stats: {}, memory_stats: {} })).toBeNull();
    expect(decodeStats(null)).toBeNull();
  });
});
