import { expect, it } from 'vitest';
import { compareRuns } from '../../../simulator/trace/compare';
import { aRun } from '../extension/sampleData';
import { Program } from './build';

it('says which functions got slower, in what, and what the cluster had to do with it', () => {
  const [before, after] = [new Program(), new Program()];
  for (let n = 0; n < 4; n++) {
    before.ran({ fn: 'work', at: [0, 10, 30], fetchMs: 1 });
    after.ran({ fn: 'work', at: [0, 110, 132], fetchMs: 1 });
    before.ran({ fn: 'same', at: [0, 5, 10] });
    after.ran({ fn: 'same', at: [0, 5, 10] });
  }
  after.ran({ fn: 'added', at: [0, 5, 10] });
  const ended = { startMs: 0, endMs: 500 };
  const comparison = compareRuns(
    { info: aRun({ id: 'a', ...ended }), store: before.store },
    { info: aRun({ id: 'b', ...ended, clusterName: 'small' }), store: after.store },
  );
  expect(comparison.functions.map(({ name, why }) => [name, why])).toEqual([
    ['work', { part: 'queue', changeMs: 100 }],
    ['added', null],
    ['same', null],
  ]);
  expect(comparison.functions[0]).toMatchObject({
    a: { count: 4, p50Ms: 20, queueP50Ms: 9, fetchP50Ms: 1 },
    b: { count: 4, p50Ms: 22, queueP50Ms: 109 },
  });
  expect(comparison.functions[1]).toMatchObject({ a: null, b: { count: 1 } });
  expect(comparison.cluster).toEqual([{ what: 'cluster', a: 'pipeline.py', b: 'small' }]);
});
