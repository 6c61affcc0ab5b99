/**
 * Every sample, run as a user runs it, on clusters that several of them share where they can; each checks its own
 * result. What the run view shows of them is looked at here: the user's functions, and none of the libraries' own.
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../simulator/cli/summary';
import { TEST_IMAGE, whyNoDocker } from './dockerRig';
import { Heliostat, PYTHON } from './heliostat';

/**
 * What `.ci/makeSampleEnvironments.sh` makes: gigabytes, and minutes for each sample. So those run where this is set;
 * the others always.
 */
const ENVIRONMENTS = process.env['HELIOSTAT_SAMPLES'];
const LIMIT_MS = 480_000;

const sample = (name: string) => path.resolve('extension/samples', name);

interface Expected {
  script: string;
  /** What it is given instead of what its annotation says. */
  args?: string[];
  /** A part of what it prints in the end. */
  prints: RegExp;
  /** The functions that the run view lists, as it names them there: all of them, in no order. */
  functions: string[];
  /** A part of what `predict` says of it: a table of sizes, unless it has to say why it cannot know. */
  predicts?: RegExp;
}

const TABLE = /nodes +CPUs +GPUs +time/;
const NEEDS_GPU_RATIO = /Tasks that ask for a GPU ran without one here/;
/** What the trace shows by itself stands before what could not be predicted. */
const INGEST_BOUND =
  /The 2 tasks of `train` waited for data for \d+ % .*: this run is ingest-bound\. `ReadImage->MapBatches\(augment\)` [^]*ran without one here/;
const WAITS_UNSEEN = /of this run the script waited inside Ray's libraries/;

interface Group {
  python: string;
  /** Where the cluster runs; processes by default. */
  on?: string[];
  cluster: string;
  samples: Expected[];
}

const withRayAlone: Group[] = [
  {
    python: PYTHON,
    cluster: 'pipeline.py',
    samples: [
      { script: 'pi.py', prints: /Pi is about 3\.14/, functions: ['throw_darts'] },
      {
        script: 'actors.py',
        prints: /The weights are found/,
        functions: [
          'ParameterServer',
          'ParameterServer.pull',
          'ParameterServer.push',
          'Worker',
          'Worker.work',
        ],
      },
      {
        script: 'pipeline.py',
        prints: /Recognised 9\d\.\d% of 1000/,
        functions: ['augment', 'evaluate', 'read', 'train'],
        predicts: NEEDS_GPU_RATIO,
      },
    ],
  },
];

const inContainers: Group[] =
  (await whyNoDocker()) === null
    ? withRayAlone.map((group) => ({ ...group, on: ['--backend', 'docker', '--image', TEST_IMAGE] }))
    : [];

/** What they show is what happens to the nodes, so each gets a cluster of its own. */
const withOwnClusters: Expected[] = [
  {
    script: 'fault_tolerant.py',
    prints: /1 of 3 nodes lost\. Tasks run again: [1-9]\d*\. The actor started 2 times/,
    functions: ['Counter', 'Counter.add', 'Counter.result', 'count_twins', 'find_primes'],
  },
  {
    script: 'autoscale.py',
    prints: /It began with 1 node, grew to [2-4] and ended with 1/,
    functions: ['work'],
  },
];

const withLibraries = (environments: string): Group[] => [
  {
    python: path.join(environments, 'torch', 'bin', 'python'),
    cluster: 'ingest_train.py',
    samples: [
      {
        script: 'horovod_style.py',
        prints: /No weight is further than 0\.000/,
        functions: [
          'Worker',
          'Worker.address',
          'Worker.check_ring',
          'Worker.join',
          'Worker.train_epoch',
          'Worker.weights',
        ],
      },
      {
        script: 'xgboost_train.py',
        prints: /Score on 10,000 unseen rows: 0\.[89]/,
        functions: ['RayTrainWorker', 'train'],
        predicts: WAITS_UNSEEN,
      },
      {
        script: 'ingest_train.py',
        args: ['--fetch-ms', '8'],
        prints: /Recognised 9\d\.\d% of 300/,
        functions: ['RayTrainWorker', 'ReadImage->MapBatches(augment)', 'train'],
        predicts: INGEST_BOUND,
      },
      {
        script: 'tune.py',
        prints: /trials were stopped early/,
        functions: ['ImplicitFunc', 'train'],
      },
      {
        script: 'batch_offline.py',
        prints: /1500 vectors/,
        functions: ['MapBatches(Embedder)', 'MapBatches(Embedder).__call__'],
        predicts: WAITS_UNSEEN,
      },
      {
        script: 'serve_online.py',
        prints: /p50 \d+ ms, p95 \d+ ms/,
        functions: [
          'Embedder',
          'Embedder.handle_request',
          'Embedder.initialize',
          'Search',
          'Search.handle_request',
          'Search.initialize',
        ],
        predicts: WAITS_UNSEEN,
      },
      {
        script: 'finetune.py',
        prints: /After training, \d+\.\d% of them are told right/,
        functions: ['RayTrainWorker', 'train'],
        predicts: WAITS_UNSEEN,
      },
    ],
  },
  {
    python: path.join(environments, 'tensorflow', 'bin', 'python'),
    cluster: 'tensorflow_train.py',
    samples: [
      {
        script: 'tensorflow_train.py',
        prints: /Recognised 9\d\.\d% of 297/,
        functions: ['RayTrainWorker', 'train'],
        predicts: WAITS_UNSEEN,
      },
    ],
  },
];

for (const { python, cluster, samples, on = [] } of [
  ...withRayAlone,
  ...inContainers,
  ...(ENVIRONMENTS ? withLibraries(ENVIRONMENTS) : []),
]) {
  describe(`samples on the cluster of ${[cluster, ...on].join(' ')}`, () => {
    let heliostat: Heliostat;
    let id: string;
    beforeAll(async () => {
      heliostat = new Heliostat();
      const { stdout, stderr } = await heliostat.run([
        ...['up', '--script', sample(cluster), '--python', python, ...on, '--json'],
      ]);
      expect(stdout, stderr).not.toBe('');
      id = (JSON.parse(stdout) as { id: string }).id;
    }, LIMIT_MS);
    afterAll(() => heliostat.end());

    it.each(samples)('$script', (expected) => check(heliostat, expected, ['--cluster', id]), LIMIT_MS);
  });
}

describe('samples on clusters of their own', () => {
  const heliostat = new Heliostat();
  afterAll(() => heliostat.end());

  it.each(withOwnClusters)(
    '$script',
    async (expected) => {
      await check(heliostat, expected, ['--python', PYTHON]);
      await heliostat.run(['down']);
    },
    LIMIT_MS,
  );
});

async function check(
  heliostat: Heliostat,
  { script, args, prints, functions, predicts }: Expected,
  where: string[],
) {
  const { code, stdout, stderr } = await heliostat.run([
    ...['run', sample(script), ...where, '--json'],
    ...(args ? ['--', ...args] : []),
  ]);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(prints);
  const summary = JSON.parse(stdout) as RunSummary;
  expect(summary.lost).toEqual([]);
  expect(summary.functions.map(({ name }) => name).sort()).toEqual(functions);
  const prediction = await heliostat.run(['predict', summary.run, '--nodes', '2,4']);
  expect(prediction.stdout + prediction.stderr).toMatch(predicts ?? TABLE);
}
