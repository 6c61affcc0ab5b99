/** Where the debugger is to stop in each sample: in what Ray runs elsewhere, of each kind that the samples have. */
import path from 'node:path';

export interface Stopping {
  script: string;
  /** A part of the line of the breakpoint, the first that has it. */
  at: string;
  condition?: string;
  /** The function that stops, and what its thread is called before its node and process. */
  fn: string;
  thread: string | RegExp;
  /** One of the locals there, and its value. */
  local: [name: string, value: string | RegExp];
}

export interface Group {
  python: string;
  samples: Stopping[];
}

const RAY_ALONE: Stopping[] = [
  {
    script: 'pi.py',
    at: 'hits += np.count',
    condition: 'seed == 3',
    fn: 'throw_darts',
    thread: 'throw_darts(3)',
    local: ['hits', '0'],
  },
  {
    script: 'actors.py',
    at: 'gradient = self.inputs[rows].T',
    fn: 'work',
    thread: 'Worker.work(25)',
    local: ['steps', '25'],
  },
  {
    script: 'pipeline.py',
    at: 'losses.append(-np.log',
    fn: 'train',
    thread: 'train(ndarray, tuple)',
    local: ['start', '0'],
  },
  {
    script: 'fault_tolerant.py',
    at: 'self.known["starts"] += 1',
    fn: '__init__',
    thread: /^Counter/,
    local: ['folder', /primes-/],
  },
  {
    script: 'autoscale.py',
    at: 'time.sleep(WORK_S)',
    condition: 'number == 2',
    fn: 'work',
    thread: 'work(2)',
    local: ['number', '2'],
  },
];

/** `environments`: what `.ci/makeSampleEnvironments.sh` makes. */
export const groupsOf = (environments: string): Group[] => [
  {
    python: path.join(environments, 'torch', 'bin', 'python'),
    samples: [
      ...RAY_ALONE,
      {
        script: 'ingest_train.py',
        at: 'loss = F.cross_entropy(network(batch["pixels"])',
        fn: 'train',
        thread: /^train\(/,
        local: ['epoch', '1'],
      },
      {
        script: 'ingest_train.py',
        at: 'labels = np.repeat(',
        fn: 'augment',
        thread: /augment/,
        local: ['variants', '4'],
      },
      {
        script: 'batch_offline.py',
        at: 'norms = np.linalg.norm(',
        fn: '__call__',
        thread: /Embedder/,
        local: ['vectors', /^array/],
      },
      {
        script: 'serve_online.py',
        at: 'likeness = self.vectors @ vector',
        fn: '__call__',
        thread: /^Search/,
        local: ['vector', /^array/],
      },
      {
        script: 'serve_online.py',
        at: 'vectors = self.model.encode(texts',
        fn: 'embed',
        thread: /^Embedder/,
        local: ['texts', /^\['/],
      },
      {
        script: 'tune.py',
        at: 'tune.report({"accuracy"',
        fn: 'train',
        // A thread that Ray Tune starts: what it was called with is not known.
        thread: 'train',
        local: ['config', /learning_rate/],
      },
      {
        script: 'horovod_style.py',
        at: 'losses.append(train_step(',
        fn: 'train_epoch',
        thread: 'Worker.train_epoch(1)',
        local: ['epoch', '1'],
      },
      {
        script: 'xgboost_train.py',
        at: 'print(f"Worker {ray.train',
        fn: 'train',
        thread: /^train\(/,
        local: ['config', /.*/],
      },
      {
        script: 'finetune.py',
        at: 'before = accuracy(model',
        fn: 'train',
        thread: /^train\(/,
        local: ['rank', /^[01]$/],
      },
    ],
  },
  {
    python: path.join(environments, 'tensorflow', 'bin', 'python'),
    samples: [
      {
        script: 'tensorflow_train.py',
        at: 'losses = [float(step(batch))',
        fn: 'train',
        thread: /^train\(/,
        local: ['epoch', '1'],
      },
    ],
  },
];
