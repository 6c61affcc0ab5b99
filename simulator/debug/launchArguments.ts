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
  /**
   * The name or address by which the nodes of a cluster that we did not start reach this machine, where that is not the one
   * that leads to it; `host:port` also fixes the port.
   */
  dialTo?: string;
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
  /** Any Ray cluster, by the address of its dashboard, and its token. */
  address?: string;
  token?: string;
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

function runTarget(args: LaunchArguments): RunTarget {
  const { cluster, address, token, backend = 'auto', nodes, image, dockerfile } = args;
  if (cluster !== undefined) return { kind: 'cluster', clusterId: cluster };
  if (address !== undefined) return { kind: 'address', address, ...(token ? { token } : {}) };
  const groups = typeof nodes === 'number' ? [{ count: nodes }] : nodes;
  return {
    kind: 'local',
    backend,
    ...(groups ? { groups } : {}),
    ...(image ? { image } : {}),
    ...(dockerfile ? { dockerfile } : {}),
  };
}

/** `host`, `host:port` or `[::1]:port`; without a port it is 0. Fails as `bad-request`. */
export function readDialTo(text: string | undefined): { host: string; port: number } | null {
  if (text === undefined) return null;
  const [, bracketed, plain, port = '0'] = /^(?:\[([\da-f:.]+)\]|([^\s:[\]]+))(?::(\d+))?$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535)
    fail({ code: 'bad-request', detail: '"dialTo" must be a host, or a host and a port: `10.0.0.5:5678`.' });
  return { host, port: Number(port) };
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
