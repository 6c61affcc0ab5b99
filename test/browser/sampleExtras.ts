/** What a run may tell beside its tasks: libraries, findings, actors. */
import type { LibraryState, TuneTrial } from '../../simulator/model/library';
import type { Finding } from '../../simulator/model/finding';
import type { ActorSummary } from '../../simulator/model/trace';
import type { ComparedRun } from '../../simulator/trace/compare';
import { runInfo, SCRIPT, START_MS } from './sampleRun';
import { pipelineTrace } from './sampleTrace';

/** A run of the same script before the one that is shown, in which `augment` took a third of the time. */
export function earlierRun(): ComparedRun {
  const before = {
    createdMs: START_MS - 3_600_000,
    startMs: START_MS - 3_600_000,
    endMs: START_MS - 3_560_000,
  };
  const info = runInfo({ kind: 'succeeded' }, { id: 'earlier', clusterName: 'one node', ...before });
  return { info, store: pipelineTrace(300, 1 / 3) };
}

export function libraries(): LibraryState[] {
  const operator = (name: string, done: number, queuedBlocks: number) => ({
    name,
    state: done === 64 ? 'FINISHED' : 'RUNNING',
    done,
    total: 64,
    rows: done * 1000,
    queuedBlocks,
  });
  return [
    {
      library: 'data',
      id: 'dataset_1',
      name: 'dataset_1',
      state: 'RUNNING',
      startMs: START_MS,
      endMs: null,
      done: 48,
      total: 64,
      rows: 48_000,
      operators: [
        operator('ReadParquet', 64, 0),
        operator('MapBatches(normalise)', 48, 12),
        operator('Write', 30, 2),
      ],
    },
    {
      library: 'train',
      id: 'train-1',
      name: 'mnist',
      state: 'FINISHED',
      startMs: START_MS,
      endMs: null,
      attempts: 2,
      workers: [0, 1].map((rank) => ({
        rank,
        state: 'DEAD',
        rayNodeId: null,
        pid: 4300 + rank,
        gpuIds: [rank],
      })),
    },
    {
      library: 'serve',
      id: 'app',
      name: 'app',
      state: 'RUNNING',
      deployments: [
        {
          name: 'Router',
          state: 'HEALTHY',
          isIngress: true,
          calls: ['Model'],
          replicas: [replica('RUNNING')],
        },
        {
          name: 'Model',
          state: 'UPDATING',
          isIngress: false,
          calls: [],
          replicas: [replica('RUNNING'), replica('STARTING')],
        },
      ],
    },
    {
      library: 'tune',
      id: 'trials',
      name: 'trials',
      state: 'RUNNING',
      trials: [trial('ab1_00000', 3, 0.214), trial('ab1_00001', 27, 0.9733)],
    },
  ];
}

function trial(id: string, iterations: number, accuracy: number): TuneTrial {
  const reported = { iterations, metrics: { accuracy, loss: 1.2e-7 }, timeMs: START_MS };
  return { id, name: id, state: 'RUNNING', reason: null, reported };
}

function replica(state: string): { state: string; rayNodeId: null; pid: number } {
  return { state, rayNodeId: null, pid: 4400 };
}

export function findings(): Finding[] {
  return [
    {
      kind: 'serial-get',
      function: 'driver',
      site: { file: SCRIPT, line: 150 },
      words:
        '`ray.get` waits for each of 300 results of `read` before the next task is submitted: 41.7 s in all. Submit all of them first, then get the list.',
      evidence: { count: 300, totalMs: 41_700 },
    },
    {
      kind: 'tiny-tasks',
      function: '__main__.Scores.add',
      site: { file: SCRIPT, line: 140 },
      words:
        'Half of the 300 calls take less than 1 ms, while each costs about 1 ms to start. Send several values in one call.',
      evidence: { count: 300, p50Ms: 0.8 },
    },
  ];
}

export function actors(): ActorSummary[] {
  return [
    { id: 'a1b2c3d4e5f6', className: 'Scores', state: 'alive', reason: null },
    {
      id: 'b2c3d4e5f6a7',
      className: 'Loader',
      state: 'dead',
      reason: 'The actor died because its node has died.',
    },
    { id: 'c3d4e5f6a7b8', className: 'Cache', state: 'restarting', reason: null },
  ];
}
