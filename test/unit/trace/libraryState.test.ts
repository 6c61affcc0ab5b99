/** Ray's libraries forget what a run was about, or never tell; what is kept of them. */
import { describe, expect, it } from 'vitest';
import type { LibraryState } from '../../../simulator/model/library';
import { SpoolDecoder } from '../../../simulator/trace/spool';
import { TraceStore } from '../../../simulator/trace/traceStore';
import { JOB, T0_MS } from './synthetic';

const actors: LibraryState = {
  ...{ library: 'tune', id: JOB, name: 'trials', state: 'FINISHED' },
  trials: [{ id: 'aa', name: 'ImplicitFunc', state: 'dead', reason: null }],
};
const report = (id: string, iterations: number, accuracy: number) => [
  T0_MS + iterations,
  'tune',
  id,
  iterations,
  { accuracy },
];

function stored(rows: unknown[], ...states: LibraryState[]): LibraryState[] {
  const store = new TraceStore();
  const line = JSON.stringify({ v: 3, job: JOB, node: 0, worker: 'w', pid: 1, report: rows });
  const events = new SpoolDecoder().decode([line]);
  for (const state of states.slice(0, 1)) store.apply({ type: 'library', state });
  for (const event of events) store.apply(event);
  for (const state of states.slice(1)) store.apply({ type: 'library', state });
  return [...store.libraries.values()];
}

describe('trials of Ray Tune', () => {
  const rows = [report('a_0', 1, 0.2), report('a_1', 1, 0.5), report('a_0', 2, 0.3)];

  it('are those that reported, not the actors that ran them', () => {
    const [tune, ...others] = stored(rows, actors, actors);
    expect(others).toEqual([]);
    expect(tune).toMatchObject({ library: 'tune', state: 'FINISHED' });
    expect(tune?.library === 'tune' && tune.trials.map(({ id, reported }) => [id, reported])).toEqual([
      ['a_0', { iterations: 2, metrics: { accuracy: 0.3 }, timeMs: T0_MS + 2 }],
      ['a_1', { iterations: 1, metrics: { accuracy: 0.5 }, timeMs: T0_MS + 1 }],
    ]);
  });

  it('come to the same when records arrive late and twice, or damaged', () => {
    const damaged = [
      null,
      ['now', 'tune', 'a_0', 9],
      [T0_MS, 'tune', 7, 9],
      [T0_MS, 'tune', 'a_0', 'many'],
      [T0_MS, 'ask', 'a_0', 9],
    ];
    expect(stored([...rows.slice(1), ...rows, ...damaged])[0]).toMatchObject({
      trials: [{ id: 'a_1' }, { id: 'a_0', reported: { iterations: 2 } }],
    });
  });

  it('are the actors where nothing was recorded', () => {
    expect(stored([], actors)).toEqual([actors]);
  });
});

describe('a run of Ray Train', () => {
  const worker = { rank: 0, state: 'RUNNING', rayNodeId: null, pid: 1, gpuIds: [] };
  const run = (state: string): LibraryState => ({
    ...{ library: 'train', id: 'r', name: 'mine', state, startMs: T0_MS, endMs: null, attempts: 1 },
    workers: [worker],
  });
  const epoch = (number: number, loss: number) => [T0_MS + number, 'train', 'r', number, { loss }];
  const reports = [1, 2].map((n) => ({ iterations: n, metrics: { loss: 1 / n }, timeMs: T0_MS + n }));
  const rows = [epoch(1, 1), epoch(2, 0.5)];

  it('keeps what its worker reported, whatever Ray says of it before and afterwards', () => {
    expect(stored(rows, run('RUNNING'), run('FINISHED'))).toEqual([{ ...run('FINISHED'), reports }]);
    expect(stored([], run('RUNNING'), run('FINISHED'))).toEqual([run('FINISHED')]);
  });

  it('is there before Ray has been asked about it', () => {
    expect(stored(rows)).toMatchObject([{ library: 'train', id: 'r', workers: [], reports }]);
  });

  it('goes on from an epoch that is done again, and keeps the last thousand', () => {
    expect(stored([...rows, epoch(2, 0.4)])).toMatchObject([
      { reports: [reports[0], { iterations: 2, metrics: { loss: 0.4 } }] },
    ]);
    const [many] = stored(Array.from({ length: 1200 }, (_, at) => epoch(at + 1, 1)));
    const numbers = many?.library === 'train' ? many.reports!.map(({ iterations }) => iterations) : [];
    expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([1000, 201, 1200]);
  });
});

it('an application that is deleted keeps the deployments that it had', () => {
  const replicas = [{ state: 'RUNNING', rayNodeId: null, pid: 1 }];
  const model = { name: 'Model', state: 'HEALTHY', isIngress: true, calls: [], replicas };
  const app = { library: 'serve', id: 'default', name: 'default' } as const;
  const running: LibraryState = { ...app, state: 'RUNNING', deployments: [model] };
  const deleting: LibraryState = { ...app, state: 'DELETING', deployments: [] };
  expect(stored([], running, deleting, deleting)).toEqual([
    { ...running, state: 'STOPPED', deployments: [{ ...model, state: 'STOPPED' }] },
  ]);
  // Deployed once more, it is what Ray says again.
  expect(stored([], running, deleting, running)).toEqual([running]);
});
