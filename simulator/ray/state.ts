/** Ray's state API (ray/dashboard/modules/state/state_head.py): tasks and actors by what Ray itself counts. */
import type { TaskKind, TaskState } from '../model/trace';
import { deathReason } from './deathCause';
import { list, number, object, text, type Json } from './decode';
import type { Endpoint } from './endpoint';
import { rayRequest } from './http';

/** Ray refuses a larger limit with 400 unless its own variables lift it. */
const STATE_API_LIMIT = 10_000;

export interface RayTask {
  id: string;
  parent: string;
  kind: TaskKind;
  name: string;
  state: TaskState;
  /** From 0. */
  attempt: number;
  rayNodeId: string | null;
  startMs: number | null;
  endMs: number | null;
  error: string | null;
}

export interface TaskPage {
  tasks: RayTask[];
  /** How many Ray knows that did not fit into this answer, or that it dropped before. */
  missing: number;
  /** How many it counts in all. */
  total: number;
}

interface ReadOptions {
  detail: boolean;
  limit?: number;
  /** Without any answer for so long it fails; default 30 s. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

export type Filter = [key: string, predicate: '=' | '!=', value: string];

export async function readTasks(
  endpoint: Endpoint,
  filters: Filter[],
  options: ReadOptions,
): Promise<TaskPage> {
  const data = await readState(endpoint, 'tasks', filters, options);
  const rows = list(data['result']).map(object);
  const total = number(data['total']) ?? rows.length;
  const kept = number(data['num_after_truncation']) ?? rows.length;
  return {
    tasks: rows.flatMap(decodeTask),
    total,
    missing:
      Math.max(0, total - kept) + Math.max(0, (number(data['num_filtered']) ?? rows.length) - rows.length),
  };
}

export interface RayActor {
  id: string;
  className: string;
  state: 'pending' | 'alive' | 'restarting' | 'dead';
  reason: string | null;
  jobId: string | null;
}

export async function readActors(
  endpoint: Endpoint,
  jobId: string,
  signal?: AbortSignal,
): Promise<RayActor[]> {
  const data = await readState(endpoint, 'actors', [['job_id', '=', jobId]], {
    detail: true,
    ...(signal ? { signal } : {}),
  });
  return list(data['result']).flatMap((row) => decodeActor(object(row)));
}

/** What the state API lists of a kind (`tasks`, `workers`), with its counts. */
export async function readState(
  endpoint: Endpoint,
  what: string,
  filters: Filter[],
  options: ReadOptions,
): Promise<Json> {
  const query = new URLSearchParams({
    limit: String(options.limit ?? STATE_API_LIMIT),
    detail: options.detail ? '1' : '0',
    timeout: '20',
  });
  for (const [key, predicate, value] of filters) {
    query.append('filter_keys', key);
    query.append('filter_predicates', predicate);
    query.append('filter_values', value);
  }
  const answer = await rayRequest(endpoint, `/api/v0/${what}?${query}`, {
    timeoutMs: options.timeoutMs ?? 30_000,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  return object(object(object(answer.body)['data'])['result']);
}

function decodeTask(row: Json): RayTask[] {
  const id = text(row['task_id']);
  if (!id) return [];
  const error = text(row['error_message'])?.trim().split('\n').at(-1) ?? text(row['error_type']);
  return [
    {
      id,
      parent: text(row['parent_task_id']) ?? '',
      kind: taskKind(text(row['type'])),
      name: text(row['func_or_class_name']) ?? text(row['name']) ?? '?',
      state: taskState(text(row['state'])),
      attempt: number(row['attempt_number']) ?? 0,
      rayNodeId: text(row['node_id']),
      startMs: number(row['start_time_ms']),
      endMs: number(row['end_time_ms']),
      error: row['state'] === 'FAILED' ? (error ?? 'failed').slice(0, 300) : null,
    },
  ];
}

function decodeActor(row: Json): RayActor[] {
  const id = text(row['actor_id']);
  const className = text(row['class_name']);
  if (!id || !className) return [];
  return [
    {
      id,
      className,
      state: actorState(text(row['state'])),
      reason: deathReason(object(row['death_cause'])),
      jobId: text(row['job_id']),
    },
  ];
}

function taskKind(type: string | null): TaskKind {
  if (type === 'DRIVER_TASK') return 'driver';
  if (type === 'ACTOR_CREATION_TASK') return 'actor-creation';
  return type === 'ACTOR_TASK' ? 'actor-task' : 'task';
}

function taskState(state: string | null): TaskState {
  if (state === 'FINISHED') return 'finished';
  if (state === 'FAILED') return 'failed';
  return state?.startsWith('RUNNING') ? 'running' : 'waiting';
}

function actorState(state: string | null): RayActor['state'] {
  if (state === 'ALIVE') return 'alive';
  if (state === 'DEAD') return 'dead';
  return state === 'RESTARTING' ? 'restarting' : 'pending';
}
