/** `heliostat rehearse`: a task graph on real Ray with sleeps for bodies, on a cluster that is there for it alone. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { EngineConnection } from '../client/connection';
import type { NodeGroup } from '../model/cluster';
import { fail } from '../model/failure';
import type { GraphActor, GraphFile, NodeType } from '../model/scaling';
import {
  readRehearsalResult,
  rehearsalPlan,
  type RehearsalResult,
  type RehearsedGraph,
  type RehearsedTask,
} from '../rehearsal/rehearsalPlan';
import { readGraphFile } from '../scaling/graphFile';
import { canHold } from '../scaling/simCluster';
import { countOf, duration } from '../model/format';
import { findRun } from './findRun';
import { cancelOnInterrupt, watchRun } from './run';
import { searchEnv, withEngine } from './session';
import { EXIT, explainFailure, print, say, status } from './terminal';

export interface RehearseOptions {
  graph?: string[];
  nodes: number;
  cpus: number;
  gpus?: number;
  nodeType?: NodeType[];
  repeat: number;
  python?: string;
  recording: boolean;
  keep: boolean;
  json: boolean;
}

/** What `--json` prints for one graph. Times in ms. */
export interface Rehearsed extends Omit<RehearsedGraph, 'tasks'> {
  tasks: number;
  /** Before the clock: until every slot had its worker. */
  coldStartMs: number;
  slots: number;
  run: string;
  times: RehearsedTask[];
}

/** A worker process of Ray's, at rest. */
const WORKER_BYTES = 120 * 1024 ** 2;

/** Returns the exit code. What `--json` prints is one object for one graph, and a list for several. */
export async function rehearse(run: string | undefined, options: RehearseOptions): Promise<number> {
  if ((run === undefined) === (options.graph === undefined))
    fail({ code: 'bad-request', detail: 'Give a run, or graphs with --graph FILE.json; not both.' });
  const planned = (graph: GraphFile, source: string): GraphFile[] => {
    const plan = rehearsalPlan(graph, source);
    checkRoom(plan, groups(options));
    return Array.from({ length: options.repeat }, () => plan);
  };
  const fromFiles = options.graph?.flatMap((file) => planned(readGraphFile(readText(file), file), file));
  return withEngine(async (engine) => {
    const graphs = fromFiles ?? planned(await graphOfRun(engine, run!), run!);
    warnOfMemory(options);
    return rehearseOn(engine, graphs, options);
  });
}

/** Durations, outputs and edges are the recorded ones. */
async function graphOfRun(engine: EngineConnection, wanted: string): Promise<GraphFile> {
  const { id } = await findRun(engine, wanted);
  const { graph, notes } = await engine.request('scaling.graph', { run: id });
  notes.forEach((note) => say(note));
  return graph;
}

async function rehearseOn(
  engine: EngineConnection,
  graphs: GraphFile[],
  options: RehearseOptions,
): Promise<number> {
  const before = (await engine.request('clusters.list', null)).map((cluster) => cluster.id);
  const dir = mkdtempSync(path.join(os.tmpdir(), 'heliostat-rehearsal-'));
  const [plan, result] = [path.join(dir, 'plan.json'), path.join(dir, 'result.json')];
  let clusterId: string | null = null;
  try {
    writeFileSync(plan, JSON.stringify({ graphs }));
    const { id } = await engine.request('runs.start', {
      script: path.join(__dirname, 'rehearsal', 'rehearsal.py'),
      args: [plan, result],
      target: { kind: 'local', backend: 'process', groups: groups(options) },
      recording: options.recording,
      idleMinutes: options.keep ? 0 : 10,
      searchEnv: searchEnv(),
      ...(options.python ? { python: options.python } : {}),
    });
    const interrupts = cancelOnInterrupt(engine, id);
    const run = await watchRun(engine, id, process.stderr).finally(() => interrupts.dispose());
    status(null);
    clusterId = run.clusterId;
    if (run.state.kind === 'failed') explainFailure(run.state.failure);
    if (run.state.kind !== 'succeeded') return run.state.kind === 'cancelled' ? EXIT.cancelled : EXIT.failure;
    await show(readRehearsalResult(readFileSync(result, 'utf8')), id, options);
    return EXIT.ok;
  } finally {
    rmSync(dir, { recursive: true, force: true });
    if (clusterId !== null && !options.keep && !before.includes(clusterId)) {
      status('Stopping the cluster');
      await engine.request('clusters.stop', { id: clusterId });
      status(null);
    }
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return fail({ code: 'graph-invalid', path: file, problems: ['It cannot be read.'] });
  }
}

type Needed = Pick<GraphActor, 'cpus' | 'gpus' | 'resources'>;

/** Ray would wait for ever. */
function checkRoom({ tasks, actors }: Required<GraphFile>, nodes: NodeGroup[]): void {
  const fits = ({ cpus, gpus, resources }: Needed) =>
    nodes.some((node) =>
      canHold(
        { cpus: node.cpus ?? 1, gpus: node.gpus ?? 0, memoryBytes: 0, resources: node.resources ?? {} },
        { cpus, gpus, memoryBytes: 0, custom: resources ?? {} },
      ),
    );
  const task = tasks.find((one) => one.actor === undefined && !fits(one));
  const actor = actors.find((one) => !fits(one));
  const what = task ? `task ${task.id}` : actor ? `actor ${actor.id}` : null;
  if (what !== null) fail({ code: 'nodes-impossible', detail: `No node has room for ${what}.` });
}

function groups({ nodeType, nodes, cpus, gpus }: RehearseOptions): NodeGroup[] {
  if (!nodeType) return [{ count: nodes, cpus, ...(gpus ? { gpus } : {}) }];
  return nodeType.map((type) => ({
    count: type.count ?? 1,
    cpus: type.cpus,
    ...(type.gpus > 0 ? { gpus: type.gpus } : {}),
    ...(Object.keys(type.resources).length > 0 ? { resources: type.resources } : {}),
  }));
}

async function show(result: RehearsalResult, run: string, options: RehearseOptions): Promise<void> {
  const { coldStartMs, slots } = result;
  if (options.json) {
    const all = result.graphs.map(({ tasks, ...rest }): Rehearsed => ({
      ...rest,
      tasks: tasks.length,
      coldStartMs,
      slots,
      run,
      times: tasks,
    }));
    await print(`${JSON.stringify(all.length === 1 ? all[0] : all, null, 1)}\n`);
    return;
  }
  for (const { wallMs, lateMs, tasks } of result.graphs) {
    say(`${countOf(tasks.length, 'task')} took ${duration(wallMs)} on ${countOf(slots, 'warm worker')}.`);
    if (lateMs > 5) {
      say(`This machine was busy: a body took ${duration(lateMs)} longer than asked, on average.`);
    }
  }
  say(`Before that, the workers needed ${duration(coldStartMs)} to come up.`);
}

function warnOfMemory(options: RehearseOptions): void {
  const slots = groups(options).reduce((sum, group) => sum + group.count * (group.cpus ?? 1), 0);
  if (slots * WORKER_BYTES > os.freemem() * 2)
    say(`${slots} workers want about ${Math.round((slots * WORKER_BYTES) / 1024 ** 3)} GiB of memory.`);
  if (slots > 100)
    say(`${slots} slots are many for one machine: above about 64 it measures the machine rather than Ray.`);
}
