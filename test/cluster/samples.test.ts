/** Samples that need no library but Ray: on processes, and some in containers, too. */
import { afterAll, describe, it } from 'vitest';
import { TEST_IMAGE, whyNoDocker } from './dockerRig';
import { Heliostat, PYTHON } from './heliostat';
import { checkSample, testGroup, LIMIT_MS, type Expected, type Group } from './sampleRig';

const NEEDS_GPU_RATIO = /Tasks that ask for a GPU ran without one here/;

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

for (const group of [...withRayAlone, ...inContainers]) testGroup(group);

describe('samples on clusters of their own', () => {
  const heliostat = new Heliostat();
  afterAll(() => heliostat.end());

  it.each(withOwnClusters)(
    '$script',
    async (expected) => {
      await checkSample(heliostat, expected, ['--python', PYTHON]);
      await heliostat.run(['down']);
    },
    LIMIT_MS,
  );
});
