import { describe, expect, it } from 'vitest';
import { findMistakes } from '../../../simulator/trace/findings';
import { ACTOR, CREATION, Program } from './build';

const MIB = 1048576;

describe('what a run did wrong', () => {
  it('is silent of a run that did nothing wrong', () => {
    const program = new Program();
    const ids = Array.from({ length: 20 }, (_, n) =>
      program.ran({ fn: 'work', at: [n / 10, 5 + n, 105 + n], worker: `w${n}` }),
    );
    program.got(ids, 3, 130);
    expect(findMistakes(program.store)).toEqual([]);
  });

  it('is a get in a loop that serialises', () => {
    const program = new Program();
    for (let n = 0; n < 8; n++) {
      const id = program.ran({ fn: 'work', at: [n * 100, n * 100 + 5, n * 100 + 90], line: 8 });
      program.got([id], n * 100 + 1, n * 100 + 95);
    }
    const [finding, ...rest] = findMistakes(program.store);
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'serial-get',
      function: 'driver',
      site: { file: '/w/m.py', line: 9 },
      evidence: { rounds: 8, totalMs: 752 },
    });
    expect(finding!.words).toContain('`work`');
  });

  it('is no such loop where all were submitted before the first get', () => {
    const program = new Program();
    const ids = Array.from({ length: 8 }, (_, n) =>
      program.ran({ fn: 'work', at: [n, 5 + n * 90, 90 + n * 90] }),
    );
    ids.forEach((id, n) => program.got([id], 10 + n * 90, 95 + n * 90));
    expect(findMistakes(program.store)).toEqual([]);
  });

  it('is tasks that cost more than they do', () => {
    const program = new Program();
    for (let n = 0; n < 200; n++) program.ran({ fn: 'tiny', at: [0, n * 2, n * 2 + 0.2] });
    expect(findMistakes(program.store)).toMatchObject([
      { kind: 'tiny-tasks', function: 'm.tiny', evidence: { tasks: 200, p50Ms: 0.2, gapMs: 1.8 } },
    ]);
  });

  it('is the same large argument again and again', () => {
    const program = new Program();
    for (let n = 0; n < 3; n++)
      program.ran({ fn: 'train', at: [n, n + 5, n + 50], worker: `w${n}`, valueBytes: 8 * MIB, line: 4 });
    program.ran({ fn: 'train', at: [4, 9, 50], worker: 'w4', valueBytes: 9 * MIB, line: 4 });
    expect(findMistakes(program.store)).toMatchObject([
      {
        kind: 'large-argument',
        function: 'm.train',
        site: { line: 4 },
        evidence: { calls: 3, bytes: 24 * MIB },
      },
    ]);
  });

  it('is a result that is fetched only to be sent out again', () => {
    const program = new Program();
    const id = program.ran({ fn: 'load', at: [0, 5, 50], bytesOut: 500_123 });
    program.got([id], 1, 60);
    program.ran({ fn: 'clean', at: [61, 65, 90], valueBytes: 500_123, line: 11 });
    program.ran({ fn: 'clean', at: [61, 65, 90], valueBytes: 500_124, line: 11 });
    const found = findMistakes(program.store);
    expect(found).toMatchObject([
      {
        kind: 'driver-round-trip',
        function: 'm.clean',
        site: { line: 11 },
        evidence: { calls: 1, bytes: 500_123 },
      },
    ]);
    expect(found[0]!.words).toContain('`load`');
  });

  it('is an actor that everything waits for', () => {
    const program = new Program();
    program.ran({ fn: 'Store', id: CREATION, kind: 'actor-creation', at: [0, 0, 1] });
    const deps = [{ task: `f`.repeat(16) + ACTOR, kind: 'actor' as const, bytes: null }];
    for (let n = 0; n < 60; n++)
      program.ran({ fn: 'Store.add', kind: 'actor-task', at: [2, 3 + n * 20, 23 + n * 20], deps });
    expect(findMistakes(program.store)).toMatchObject([
      { kind: 'busy-actor', function: 'm.Store.add', evidence: { calls: 60, busyPct: 100 } },
    ]);
  });

  it('is num_cpus that lies, either way', () => {
    const program = new Program();
    for (let n = 0; n < 5; n++) {
      program.ran({ fn: 'blas', at: [0, n * 400, n * 400 + 400], cpuMs: 400, processCpuMs: 1500 });
      program.ran({ fn: 'fetch', at: [0, n * 400, n * 400 + 400], worker: 'w2', cpuMs: 4 });
      program.ran({ fn: 'right', at: [0, n * 400, n * 400 + 400], worker: 'w3', cpuMs: 390 });
    }
    expect(findMistakes(program.store).map(({ kind, function: id }) => [kind, id])).toEqual([
      ['cpus-too-few', 'm.blas'],
      ['cpus-too-many', 'm.fetch'],
    ]);
  });
});
