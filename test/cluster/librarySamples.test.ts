/**
 * Samples with large libraries: gigabytes, which `.ci/makeSampleEnvironments.sh` fetches. So they run where
 * HELIOSTAT_SAMPLES says where those are.
 */
import path from 'node:path';
import { describe } from 'vitest';
import { testGroup, type Group } from './sampleRig';

const ENVIRONMENTS = process.env['HELIOSTAT_SAMPLES'];

/** What the trace shows by itself stands before what could not be predicted. */
const INGEST_BOUND =
  /The 2 tasks of `train` waited for data for \d+ % .*: this run is ingest-bound\. `ReadImage->MapBatches\(augment\)` [^]*ran without one here/;
const WAITS_UNSEEN = /of this run the script waited inside Ray's libraries/;

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
        args: ['--fetch-ms', '8', '--epochs', '2'],
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
        args: ['--texts', '600'],
        prints: /600 vectors/,
        functions: ['MapBatches(Embedder)', 'MapBatches(Embedder).__call__'],
        predicts: WAITS_UNSEEN,
      },
      {
        script: 'serve_online.py',
        args: ['--requests', '150'],
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
        args: ['--epochs', '1'],
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

if (ENVIRONMENTS === undefined)
  process.stderr.write('Skipping the samples with libraries: HELIOSTAT_SAMPLES is not set.\n');

describe.skipIf(ENVIRONMENTS === undefined)('samples with libraries', () => {
  for (const group of withLibraries(ENVIRONMENTS ?? '')) testGroup(group);
});
