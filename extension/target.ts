/** What a command was called about. Menus, trees, lenses, links and failure buttons all call the same commands. Pure. */
import type { Failure } from '../simulator/model/failure';

export interface CommandTarget {
  /** A file, as VS Code's menus give it. */
  uri?: { scheme: string; fsPath: string; toString(): string };
  clusterId?: string;
  runId?: string;
  /** A task of that run, by Ray's id. */
  task?: string;
  /** Index of a node of that cluster. */
  node?: number;
  /** Name of a group of its nodes. */
  group?: string;
}

/** Reads the arguments of a command; what it does not know it leaves out. */
export function readTarget(args: readonly unknown[]): CommandTarget {
  const [first] = args;
  if (typeof first !== 'object' || first === null) return {};
  const target: CommandTarget = {};
  if (isUri(first)) target.uri = first;
  if ('uri' in first && isUri(first.uri)) target.uri = first.uri;
  if ('clusterId' in first && typeof first.clusterId === 'string') target.clusterId = first.clusterId;
  if ('node' in first && typeof first.node === 'number') target.node = first.node;
  if ('group' in first && typeof first.group === 'string') target.group = first.group;
  if ('runId' in first && typeof first.runId === 'string') target.runId = first.runId;
  if ('task' in first && typeof first.task === 'string') target.task = first.task;
  return target;
}

/** What a failure itself says it is about. */
export function targetOfFailure(failure: Failure): CommandTarget {
  switch (failure.code) {
    case 'cluster-busy':
    case 'cluster-lost':
      return { clusterId: failure.id };
    default:
      return {};
  }
}

function isUri(value: unknown): value is NonNullable<CommandTarget['uri']> {
  return typeof value === 'object' && value !== null && 'scheme' in value && 'fsPath' in value;
}
