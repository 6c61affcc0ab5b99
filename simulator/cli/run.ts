/** `heliostat run`: starts a run, shows its steps and its output, and ends as the script ended. */
import path from 'node:path';
import type { EngineConnection } from '../client/connection';
import { fail } from '../model/failure';
import { isEnded, type RunInfo, type RunRequest, type RunTarget } from '../model/run';
import type { NodeGroup } from '../model/cluster';
import { describe, summarise } from './summary';
import { findCluster } from './findCluster';
import { rayToken } from './rayToken';
import { searchEnv, waitFor, withEngine } from './session';
import { EXIT, explainFailure, print, say, status, style } from './terminal';
import { openPage } from './page';

export interface RunOptions {
  backend: 'auto' | 'process' | 'docker';
  nodes?: number;
  cluster?: string;
  address?: string;
  python?: string;
  image?: string;
  dockerfile?: string;
  recording: boolean;
  json: boolean;
  open: boolean;
}

const LOG_PIECE_BYTES = 1048576;

/** Returns the exit code: the script's own, or 130 when it was cancelled. */
export function runScript(script: string, args: string[] | undefined, options: RunOptions): Promise<number> {
  return withEngine(async (engine) => {
    const run = await engine.request('runs.start', await request(engine, script, args, options));
    if (options.open) await openPage(engine, run.id);
    return followRun(engine, run, options);
  });
}

/** Shows a run until it has ended. Returns the exit code. */
export async function followRun(
  engine: EngineConnection,
  run: RunInfo,
  options: { json: boolean },
): Promise<number> {
  const interrupts = cancelOnInterrupt(engine, run.id);
  try {
    const ended = await watchRun(engine, run.id, options.json ? process.stderr : process.stdout);
    return await conclude(engine, ended, options);
  } finally {
    interrupts.dispose();
  }
}

async function request(
  engine: EngineConnection,
  script: string,
  args: string[] | undefined,
  options: RunOptions,
): Promise<RunRequest> {
  return {
    script: path.resolve(script),
    ...(args ? { args } : {}),
    target: await target(engine, options),
    ...(options.python ? { python: options.python } : {}),
    recording: options.recording,
    searchEnv: searchEnv(),
  };
}

async function target(engine: EngineConnection, options: RunOptions): Promise<RunTarget> {
  const { cluster, address, nodes, image, dockerfile, backend } = options;
  if (cluster !== undefined) return { kind: 'cluster', clusterId: (await findCluster(engine, cluster)).id };
  if (address !== undefined) {
    const token = rayToken(process.env);
    return { kind: 'address', address, ...(token ? { token } : {}) };
  }
  return {
    kind: 'local',
    backend,
    ...(nodes ? { groups: equalNodes(nodes) } : {}),
    ...(image ? { image } : {}),
    ...(dockerfile ? { dockerfile: path.resolve(dockerfile) } : {}),
  };
}

export function equalNodes(count: number): NodeGroup[] {
  return [{ count }];
}

/** Follows the run to its end: its steps as one changing line, its output as it comes. */
export async function watchRun(
  engine: EngineConnection,
  id: string,
  output: NodeJS.WriteStream,
): Promise<RunInfo> {
  let from = 0;
  let notices = 0;
  return waitFor(engine, `run:${id}`, async () => {
    const run = await engine.request('runs.get', { id });
    for (; notices < run.notices.length; notices++) say(style(run.notices[notices]!, 'yellow'));
    status(
      run.state.kind === 'preparing'
        ? run.state.step
        : run.state.kind === 'stopping'
          ? 'Stopping the script'
          : null,
    );
    for (;;) {
      const piece = await engine.request('runs.log', { id, from, maxBytes: LOG_PIECE_BYTES });
      if (piece.text === '') break;
      from = piece.nextByte;
      if (!output.write(piece.text)) await new Promise((resolve) => output.once('drain', resolve));
    }
    return isEnded(run.state) ? run : undefined;
  });
}

async function conclude(engine: EngineConnection, run: RunInfo, options: { json: boolean }): Promise<number> {
  status(null);
  const view = await engine.request('runs.view', { id: run.id });
  if (!view) fail({ code: 'run-not-found', id: run.id });
  if (options.json) await print(`${JSON.stringify(summarise(view), null, 2)}\n`);
  else if (run.startMs !== null) say(`\n${describe(view)}`);
  if (run.state.kind === 'failed') {
    say('');
    explainFailure(run.state.failure);
    for (const problem of run.problems) {
      if (problem.at) say(`  ${problem.at.file}:${problem.at.line}: ${problem.message}`);
    }
  }
  if (run.state.kind === 'cancelled') return EXIT.cancelled;
  return run.exitCode ?? (run.state.kind === 'succeeded' ? EXIT.ok : EXIT.failure);
}

/** Ctrl-C stops the script on the cluster; a second one leaves at once and lets the engine finish that. */
export function cancelOnInterrupt(engine: EngineConnection, id: string): { dispose(): void } {
  let count = 0;
  const onSignal = () => {
    if (++count > 1) process.exit(EXIT.cancelled);
    say('Stopping the script. Press Ctrl-C again to leave without waiting.');
    engine.request('runs.cancel', { id }).catch(() => process.exit(EXIT.cancelled));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return { dispose: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal) };
}
