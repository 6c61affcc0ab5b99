/**
 * Ray Data, Train, Tune and Serve by their own APIs on the dashboard. Data, Train and Serve have routes (their heads:
 * dashboard/modules/{data,train,serve}); Tune has none: its trials are actors.
 */
import type { DataOperator, LibraryName, LibraryState, ServeDeployment, TrainWorker } from '../model/library';
import { list, number, object, text, type Json } from './decode';
import type { Endpoint } from './endpoint';
import { rayRequest } from './http';
import { readActors } from './state';

const TIMEOUT_MS = 10_000;
/** Tune wraps a function in a class of this name (tune/trainable/function_trainable.py); classes end so by custom. */
const TRIAL_CLASS = /^ImplicitFunc$|Trainable$/;

/** What the libraries that a job uses say now. One that does not answer is left out. */
export async function readLibraries(
  endpoint: Endpoint,
  jobId: string,
  used: ReadonlySet<LibraryName>,
): Promise<LibraryState[]> {
  const readers: Record<LibraryName, () => Promise<LibraryState[]>> = {
    data: async () => decodeDatasets(await ask(endpoint, `/api/data/datasets/${jobId}`)),
    train: async () => decodeTrainRuns(await ask(endpoint, '/api/train/v2/runs/v1'), jobId),
    tune: () => readTrials(endpoint, jobId),
    serve: async () => decodeServe(await ask(endpoint, '/api/serve/applications/')),
  };
  const answers = await Promise.allSettled([...used].map((name) => readers[name]()));
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

async function ask(endpoint: Endpoint, path: string): Promise<Json> {
  return object((await rayRequest(endpoint, path, { timeoutMs: TIMEOUT_MS })).body);
}

export function decodeDatasets(body: Json): LibraryState[] {
  return list(body['datasets'])
    .map(object)
    .map((row, at) => ({
      library: 'data',
      id: text(row['dataset']) ?? `dataset ${at}`,
      name: text(row['dataset']) ?? 'dataset',
      state: text(row['state']) ?? 'UNKNOWN',
      startMs: seconds(row['start_time']),
      endMs: seconds(row['end_time']),
      done: number(row['progress']),
      total: number(row['total']),
      rows: number(row['total_rows']),
      operators: list(row['operators']).map(object).map(decodeOperator),
    }));
}

/** Operators carry a number that tells equal ones apart: `Map(f)_2`. */
function decodeOperator(row: Json): DataOperator {
  return {
    name: text(row['name']) ?? text(row['operator']) ?? '?',
    state: text(row['state']) ?? 'UNKNOWN',
    done: number(row['progress']),
    total: number(row['total']),
    rows: number(row['total_rows']),
    queuedBlocks: number(row['queued_blocks']),
  };
}

export function decodeTrainRuns(body: Json, jobId: string): LibraryState[] {
  return list(body['train_runs'])
    .map(object)
    .filter((run) => text(run['job_id']) === null || text(run['job_id']) === jobId)
    .map((run) => {
      const attempts = list(run['attempts']).map(object);
      return {
        library: 'train',
        id: text(run['id']) ?? '?',
        name: text(run['name']) ?? 'run',
        state: text(run['status']) ?? 'UNKNOWN',
        startMs: milliseconds(run, 'start_time'),
        endMs: milliseconds(run, 'end_time'),
        attempts: attempts.length,
        workers: list(attempts.at(-1)?.['workers']).map(object).map(decodeWorker),
      };
    });
}

function decodeWorker(row: Json): TrainWorker {
  return {
    rank: number(row['world_rank']),
    state: text(row['status']) ?? 'UNKNOWN',
    rayNodeId: text(row['node_id']),
    pid: number(row['pid']),
    gpuIds: list(row['gpu_ids']).flatMap((id) => number(id) ?? []),
  };
}

export function decodeServe(body: Json): LibraryState[] {
  return Object.entries(object(body['applications'])).map(([name, value]) => {
    const app = object(value);
    const topology = object(object(app['deployment_topology'])['nodes']);
    return {
      library: 'serve',
      id: name,
      name,
      state: text(app['status']) ?? 'UNKNOWN',
      deployments: Object.entries(object(app['deployments'])).map(([own, deployment]) =>
        decodeDeployment(own, object(deployment), object(topology[own])),
      ),
    };
  });
}

function decodeDeployment(name: string, row: Json, node: Json): ServeDeployment {
  return {
    name,
    state: text(row['status']) ?? 'UNKNOWN',
    isIngress: node['is_ingress'] === true,
    calls: list(node['outbound_deployments']).flatMap((one) => text(one) ?? text(object(one)['name']) ?? []),
    replicas: list(row['replicas'])
      .map(object)
      .map((replica) => ({
        state: text(replica['state']) ?? 'UNKNOWN',
        rayNodeId: text(replica['node_id']),
        pid: number(replica['pid']),
      })),
  };
}

async function readTrials(endpoint: Endpoint, jobId: string): Promise<LibraryState[]> {
  const actors = (await readActors(endpoint, jobId)).filter((actor) => TRIAL_CLASS.test(actor.className));
  if (actors.length === 0) return [];
  const alive = actors.some((actor) => actor.state !== 'dead');
  return [
    {
      library: 'tune',
      id: jobId,
      name: 'trials',
      state: alive ? 'RUNNING' : 'FINISHED',
      trials: actors.map(({ id, className, state, reason }) => ({ id, name: className, state, reason })),
    },
  ];
}

function seconds(value: unknown): number | null {
  const known = number(value);
  return known === null ? null : known * 1000;
}

/** Train tells nanoseconds or milliseconds, by its version. */
function milliseconds(row: Json, name: string): number | null {
  const ns = number(row[`${name}_ns`]);
  return ns !== null ? ns / 1e6 : number(row[`${name}_ms`]);
}
