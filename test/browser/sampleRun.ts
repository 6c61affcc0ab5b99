/** A run of the pipeline sample at several moments of its life, as the engine tells it. */
import type { ClusterInfo, NodeSample } from '../../simulator/model/cluster';
import type { RunInfo, RunState, TaskCounts } from '../../simulator/model/run';
import { runView } from '../../simulator/run/view';
import type { TraceStore } from '../../simulator/trace/traceStore';
import type { RunGraph, TaskEdge } from '../../simulator/model/runGraph';
import type { FunctionSummary, NodeSeries, RunView } from '../../simulator/model/trace';

export const RUN_ID = '20261124-101500-pipeline';
const FOLDER = '/home/ada/project';
export const SCRIPT = `${FOLDER}/pipeline.py`;
const GIB = 1024 ** 3;

export function counts(finished: number, failed = 0, running = 0, waiting = 0): TaskCounts {
  return { total: finished + failed + running + waiting, waiting, running, finished, failed };
}

export function sampleFunction(
  name: string,
  part: Partial<FunctionSummary> & { counts: TaskCounts; line?: number },
): FunctionSummary {
  const { line, ...rest } = part;
  return {
    id: `__main__.${name}`,
    name,
    fullName: `__main__.${name}`,
    kind: 'task',
    p50Ms: null,
    p95Ms: null,
    spark: null,
    totalMs: 0,
    gpus: 0,
    waitP50Ms: null,
    firstMs: null,
    lastMs: null,
    source: line === undefined ? null : { file: SCRIPT, line },
    lastError: null,
    ...rest,
  };
}

export const DRIVER: FunctionSummary = {
  ...sampleFunction('pipeline.py', { counts: counts(0, 0, 1), kind: 'driver' }),
  id: 'driver',
  fullName: 'pipeline.py',
};

export function runningFunctions(): FunctionSummary[] {
  return [
    DRIVER,
    sampleFunction('read', {
      counts: counts(1204, 0, 2, 38),
      line: 55,
      p50Ms: 12.4,
      p95Ms: 40.2,
      totalMs: 16_930,
    }),
    sampleFunction('augment', {
      counts: counts(1161, 2, 4, 37),
      line: 66,
      p50Ms: 210,
      p95Ms: 388,
      totalMs: 251_020,
      lastError: 'ValueError: cannot distort an image of 0 x 28 pixels',
    }),
    sampleFunction('train', {
      counts: counts(1158, 0, 1, 4),
      line: 78,
      p50Ms: 96.1,
      p95Ms: 131,
      totalMs: 112_400,
      gpus: 1,
    }),
    sampleFunction('evaluate', { counts: counts(0, 0, 0, 2), line: 92, gpus: 1 }),
    sampleFunction('Scores', { counts: counts(1), line: 101, kind: 'actor-creation', p50Ms: 610 }),
    sampleFunction('Scores.add', {
      counts: counts(1150),
      line: 104,
      kind: 'actor-task',
      p50Ms: 0.31,
      p95Ms: 0.82,
      totalMs: 410,
    }),
  ];
}

const EDGES = [
  { from: 'driver', to: '__main__.read', count: 1244 },
  { from: 'driver', to: '__main__.augment', count: 1204 },
  { from: 'driver', to: '__main__.train', count: 1163 },
  { from: 'driver', to: '__main__.evaluate', count: 2 },
  { from: 'driver', to: '__main__.Scores', count: 1 },
  { from: '__main__.train', to: '__main__.Scores.add', count: 1150 },
];

export const START_MS = Date.UTC(2026, 10, 24, 10, 15, 0);

function samples(node: number, seconds: number, gpus: number): NodeSample[] {
  return Array.from({ length: seconds }, (_, i) => {
    const wave = Math.sin(i / 7 + node) * 18 + Math.sin(i / 2.3 + node * 2) * 9;
    const ramp = Math.min(1, i / 8);
    return {
      timeMs: START_MS + i * 1000,
      // The second node's dashboard did not answer for a while.
      cpuPct: node === 1 && i > 30 && i < 37 ? null : Math.max(2, Math.min(100, ramp * (62 + wave))),
      memoryUsedBytes: (0.6 + ramp * 0.7 + 0.1 * Math.sin(i / 11 + node)) * GIB,
      memoryTotalBytes: 4 * GIB,
      gpuPct: null,
      gpuMemoryUsedBytes: null,
      objectStoreUsedBytes: ramp * (90 + 40 * Math.sin(i / 5 + node)) * 1024 ** 2,
      objectStoreTotalBytes: 512 * 1024 ** 2,
      cpusClaimed: i < 6 ? 0 : 2,
      gpusClaimed: gpus === 0 ? 0 : i % 9 > 2 && i > 10 ? 1 : 0,
    };
  });
}

export function nodes(seconds: number): NodeSeries[] {
  return [0, 1, 2].map((index) => {
    const gpus = index === 2 ? 1 : 0;
    return {
      nodeIndex: index,
      name: index === 0 ? 'head' : `node ${index}`,
      state: 'alive',
      rayNodeId: null,
      cpus: 2,
      gpus,
      gpusSimulated: gpus > 0,
      memoryBytes: 4 * GIB,
      samples: samples(index, seconds, gpus),
      peakCpuPct: 91,
      peakMemoryBytes: 1.4 * GIB,
      tasksRun: 1200 + index * 40,
    };
  });
}

export function runInfo(state: RunState, part: Partial<RunInfo> = {}): RunInfo {
  return {
    id: RUN_ID,
    script: SCRIPT,
    workingDir: FOLDER,
    args: ['--epochs', '2'],
    clusterId: 'c1',
    clusterName: 'pipeline',
    backend: 'process',
    state,
    submissionId: 'raysubmit_1',
    jobId: '01000000',
    createdMs: START_MS - 1400,
    startMs: START_MS,
    endMs: null,
    exitCode: null,
    notices: [],
    problems: [],
    taskCounts: counts(0),
    ...part,
  };
}

/** One group for each function. */
export function graphOf(functions: readonly FunctionSummary[], edges: TaskEdge[] = []): RunGraph {
  const groups = functions.map(({ id }) => ({ id, functionId: id, parent: null, part: null }));
  return { groups, edges, dataEdges: [] };
}

export function view(run: RunInfo, part: Partial<RunView> = {}): RunView {
  return {
    version: 1,
    run,
    functions: [],
    graph: graphOf([]),
    waits: [],
    findings: [],
    nodes: [],
    actors: [],
    libraries: [],
    marks: [],
    source: 'probe',
    lost: [],
    notes: [],
    accounts: { tasks: 0, ended: 0, countedByRay: null, lost: 0 },
    logSizeBytes: 0,
    ...part,
  };
}

export function runningView(): RunView {
  const functions = runningFunctions();
  const tasks = functions.filter((fn) => fn.kind !== 'driver').map((fn) => fn.counts);
  const sum = (read: (one: TaskCounts) => number): number => tasks.reduce((all, one) => all + read(one), 0);
  const taskCounts = {
    total: sum((one) => one.total),
    waiting: sum((one) => one.waiting),
    running: sum((one) => one.running),
    finished: sum((one) => one.finished),
    failed: sum((one) => one.failed),
  };
  return view(runInfo({ kind: 'running' }, { taskCounts }), {
    functions,
    graph: graphOf(functions, EDGES),
    nodes: nodes(74),
    actors: [{ id: 'a1', className: 'Scores', state: 'alive', reason: null }],
  });
}

/** A run that is drawn from a trace, as the engine draws it. */
export function tracedView(store: TraceStore, part: Partial<RunInfo> = {}): RunView {
  const lines = { read: 55, augment: 66, train: 78, evaluate: 92, Scores: 101, 'Scores.add': 104 };
  const definitions = new Map(Object.entries(lines).map(([name, line]) => [name, { file: SCRIPT, line }]));
  const run = runInfo({ kind: 'running' }, { taskCounts: store.counts(), ...part });
  return runView(run, store, definitions, 0);
}

export function succeededView(): RunView {
  const running = runningView();
  const functions = running.functions.map((fn) => ({
    ...fn,
    counts: counts(fn.counts.total),
    lastError: null,
  }));
  const total = running.run.taskCounts.total;
  return {
    ...running,
    functions,
    run: {
      ...running.run,
      state: { kind: 'succeeded' },
      endMs: START_MS + 81_240,
      exitCode: 0,
      taskCounts: counts(total),
    },
  };
}

export function failedView(): RunView {
  const running = runningView();
  const frame = (file: string, line: number, fn: string, inWorkspace: boolean) => ({
    file,
    line,
    function: fn,
    inWorkspace,
  });
  const at = frame(SCRIPT, 118, 'distort', true);
  return {
    ...running,
    run: {
      ...running.run,
      state: {
        kind: 'failed',
        failure: {
          code: 'run-failed',
          exitCode: 1,
          error: 'ValueError: cannot distort an image of 0 x 28 pixels',
        },
      },
      endMs: START_MS + 42_310,
      exitCode: 1,
      problems: [
        {
          message: 'ValueError: cannot distort an image of 0 x 28 pixels',
          frames: [
            frame(SCRIPT, 183, '<module>', true),
            frame(SCRIPT, 141, 'main', true),
            frame('/opt/ray/lib/python3.11/site-packages/ray/_private/worker.py', 2961, 'get', false),
            frame(SCRIPT, 70, 'augment', true),
            at,
          ],
          at,
        },
      ],
      notices: ['The working directory holds a file that looks like a secret: .env'],
    },
    nodes: running.nodes.map((node) => (node.nodeIndex === 1 ? { ...node, state: 'dead' } : node)),
  };
}

export function cluster(part: Partial<ClusterInfo> = {}): ClusterInfo {
  return {
    id: 'c1',
    name: 'pipeline',
    backend: 'process',
    state: { kind: 'ready' },
    spec: null,
    createdMs: START_MS - 60_000,
    dashboardUrl: 'http://127.0.0.1:8265',
    rayVersion: '2.60.0',
    pythonVersion: '3.11.2',
    nodes: nodes(5).map((node) => ({
      index: node.nodeIndex,
      name: node.name,
      isHead: node.nodeIndex === 0,
      group: 'group1',
      state: 'alive',
      condition: null,
      rayNodeId: null,
      address: '127.0.0.1',
      cpus: node.cpus,
      gpus: node.gpus,
      gpusSimulated: node.gpusSimulated,
      memoryBytes: node.memoryBytes,
      resources: {},
      labels: {},
      sample: node.samples.at(-1) ?? null,
    })),
    faults: [],
    activeRuns: [RUN_ID],
    idleStopAtMs: null,
    ...part,
  };
}

const ESC = '\x1b[';

export const LOG_TEXT = [
  '9000 images written to /tmp/pipeline-1k2j3',
  `${ESC}36m(train pid=4121)${ESC}0m using ${ESC}1m1 GPU${ESC}0m (simulated)`,
  ...Array.from(
    { length: 60 },
    (_, i) => `Batch ${String(i + 1).padStart(2)} of 64: loss ${(2.2 * 0.97 ** i).toFixed(3)}`,
  ),
  `${ESC}33m(raylet)${ESC}0m Warning: 38 tasks wait for a free CPU`,
  'Traceback (most recent call last):',
  `  File "${SCRIPT}", line 70, in augment`,
  '    copies = np.stack([distort(image, random) for image in images])',
  `  File "${ESC}35m${SCRIPT}${ESC}0m", line ${ESC}35m118${ESC}0m, in distort`,
  `${ESC}31mValueError: cannot distort an image of 0 x 28 pixels${ESC}0m`,
  '',
].join('\n');
