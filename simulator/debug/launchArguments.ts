/** What `launch` and `attach` take, from a launch configuration, and the run that is asked for by it. */
import path from 'node:path';
import type { NodeGroup } from '../model/cluster';
import { fail } from '../model/failure';
import type { RunRequest, RunTarget } from '../model/run';

export interface DebugOptions {
  /** Step over and hide what is not the user's code; default true. */
  justMyCode?: boolean;
  /** Stop in the script's first line; default false. */
  stopOnEntry?: boolean;
  /** When one task stops, stop all others; default false. */
  pauseAll?: boolean;
  showReturnValue?: boolean;
  /** Folders that lie elsewhere on the nodes. */
  pathMappings?: PathMapping[];
}

export interface PathMapping {
  localRoot: string;
  remoteRoot: string;
}

export interface LaunchArguments extends DebugOptions {
  noDebug?: boolean;
  /** Absolute path of the script. */
  program: string;
  /** Instead of a script: a task of an earlier run, again and alone. */
  replay?: { run: string; task: string };
  /** Instead of the annotation's own. */
  args?: string[];
  backend?: 'auto' | 'process' | 'docker';
  /** So many equal nodes, or groups of them, instead of the annotation's. */
  nodes?: number | NodeGroup[];
  image?: string;
  /** Instead of `image`: an absolute path. */
  dockerfile?: string;
  /** A cluster that runs already, by its id. */
  cluster?: string;
  python?: string;
  env?: Record<string, string>;
  idleMinutes?: number;
  /** As in `RunRequest`. */
  searchEnv?: Record<string, string>;
}

export interface AttachArguments extends DebugOptions {
  /** A run's id, the beginning of one, or `last`. */
  run: string;
}

/** The one task that is asked for instead of a script; null when it is a script. Fails as `bad-request`. */
export function replayWish({ replay }: LaunchArguments): { run: string; task: string } | null {
  if (replay === undefined) return null;
  if (typeof replay.run !== 'string' || typeof replay.task !== 'string')
    fail({ code: 'bad-request', detail: '"replay" must name a "run" and a "task".' });
  return replay;
}

/** Fails as `bad-request` when something has the wrong form. */
export function runRequest(args: LaunchArguments): RunRequest {
  if (typeof args.program !== 'string' || !path.isAbsolute(args.program))
    fail({ code: 'bad-request', detail: '"program" must be the absolute path of a script.' });
  if (args.args !== undefined && !isTexts(args.args))
    fail({ code: 'bad-request', detail: '"args" must be a list of texts.' });
  return {
    script: args.program,
    target: runTarget(args),
    debug: args.noDebug !== true,
    ...(args.args ? { args: args.args } : {}),
    ...(args.python ? { python: args.python } : {}),
    ...(args.env ? { env: args.env } : {}),
    ...(args.idleMinutes !== undefined ? { idleMinutes: args.idleMinutes } : {}),
    ...(args.searchEnv ? { searchEnv: args.searchEnv } : {}),
  };
}

function runTarget({ cluster, backend = 'auto', nodes, image, dockerfile }: LaunchArguments): RunTarget {
  if (cluster !== undefined) return { kind: 'cluster', clusterId: cluster };
  const groups = typeof nodes === 'number' ? [{ count: nodes }] : nodes;
  return {
    kind: 'local',
    backend,
    ...(groups ? { groups } : {}),
    ...(image ? { image } : {}),
    ...(dockerfile ? { dockerfile } : {}),
  };
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
