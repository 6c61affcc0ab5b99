/** `heliostat up | status | down`. */
import path from 'node:path';
import type { ClusterInfo, ClusterSpec } from '../model/cluster';
import { fail } from '../model/failure';
import { failureWords } from '../model/failureWords';
import type { EngineConnection } from '../client/connection';
import { pickCluster } from './findCluster';
import { searchEnv, waitFor, withEngine } from './session';
import { bytes, countOf, percent } from '../model/format';
import { table } from './table';
import { EXIT, explainFailure, print, say, status, style } from './terminal';

export interface UpOptions {
  backend: 'auto' | 'process' | 'docker';
  nodes?: number;
  cpus?: number;
  gpus?: number;
  script?: string;
  name?: string;
  python?: string;
  image?: string;
  dockerfile?: string;
  recording: boolean;
  idleMinutes: number;
  orphanMinutes: number;
  keep: boolean;
  json: boolean;
}

/** Returns when the cluster is ready. Ctrl-C gives up the start, and nothing of it stays. */
export function up(options: UpOptions): Promise<number> {
  return withEngine(async (engine) => {
    const started = await engine.request('clusters.start', {
      backend: options.backend,
      ...(await wanted(engine, options)),
      mounts: [process.cwd()],
      recording: options.recording,
      idleMinutes: options.idleMinutes,
      orphanMinutes: options.orphanMinutes,
      keep: options.keep,
      searchEnv: searchEnv(),
      ...(options.name ? { name: options.name } : {}),
      ...(options.python ? { python: options.python } : {}),
      ...(options.image ? { image: options.image } : {}),
      ...(options.dockerfile ? { dockerfile: path.resolve(options.dockerfile) } : {}),
    });
    let stopped: Promise<null> | undefined;
    const onSignal = () => {
      status('Giving up the start');
      stopped = engine.request('clusters.stop', { id: started.id });
    };
    process.once('SIGINT', onSignal);
    const cluster = await waitFor(engine, 'clusters', () => settled(engine, started.id));
    process.off('SIGINT', onSignal);
    await stopped;
    if (cluster === null) {
      say('Cancelled.');
      return EXIT.cancelled;
    }
    if (cluster.state.kind === 'failed') {
      explainFailure(cluster.state.failure);
      return EXIT.failure;
    }
    if (options.json) await print(`${JSON.stringify(cluster, null, 2)}\n`);
    else say(`${style('Ready', 'green')}: ${line(cluster)}\nStop it with: heliostat down ${cluster.id}`);
    return EXIT.ok;
  });
}

async function wanted(
  engine: EngineConnection,
  options: UpOptions,
): Promise<Pick<ClusterSpec, 'groups' | 'image' | 'dockerfile' | 'network'>> {
  if (options.script !== undefined) {
    const check = await engine.request('script.check', { path: path.resolve(options.script) });
    const errors = check.diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
    if (errors.length > 0) fail({ code: 'script-invalid', path: options.script, diagnostics: errors });
    const { nodes: groups, image, dockerfile, network } = check.spec;
    const isNamed = options.image !== undefined || options.dockerfile !== undefined;
    return {
      groups,
      ...(image && !isNamed ? { image } : {}),
      ...(dockerfile && !isNamed
        ? { dockerfile: path.resolve(path.dirname(options.script), dockerfile) }
        : {}),
      ...(network ? { network } : {}),
    };
  }
  const { nodes, cpus, gpus } = options;
  return { groups: [{ count: nodes ?? 1, ...(cpus ? { cpus } : {}), ...(gpus ? { gpus } : {}) }] };
}

async function settled(engine: EngineConnection, id: string): Promise<ClusterInfo | null | undefined> {
  const cluster = (await engine.request('clusters.list', null)).find((one) => one.id === id);
  if (!cluster || cluster.state.kind === 'stopping') return null;
  if (cluster.state.kind !== 'starting') {
    status(null);
    return cluster;
  }
  status(cluster.state.step);
  return undefined;
}

export function showStatus(options: { json: boolean }): Promise<number> {
  return withEngine(async (engine) => {
    const clusters = await engine.request('clusters.list', null);
    if (options.json) await print(`${JSON.stringify(clusters, null, 2)}\n`);
    else if (clusters.length === 0) say('No cluster is running. Start one with: heliostat up');
    else
      for (const cluster of clusters)
        await print(`${[line(cluster), ...(cluster.nodes.length > 0 ? [nodes(cluster)] : [])].join('\n')}\n`);
    return EXIT.ok;
  });
}

/** By ids or names; without any, all local clusters. */
export function down(ids: string[], options: { force: boolean }): Promise<number> {
  return withEngine(async (engine) => {
    const clusters = await engine.request('clusters.list', null);
    const wanted = (ids.length > 0 ? ids.map((one) => pickCluster(clusters, one)) : clusters).map(
      ({ id }) => id,
    );
    if (wanted.length === 0) say('No cluster is running.');
    for (const id of wanted) {
      status(`Stopping ${id}`);
      await engine.request('clusters.stop', { id, force: options.force });
      say(`Stopped ${id}.`);
    }
    return EXIT.ok;
  });
}

function line(cluster: ClusterInfo): string {
  const { state } = cluster;
  const who = `${style(cluster.id, 'bold')} (${cluster.name})`;
  if (state.kind === 'failed') return `${who}: ${failureWords(state.failure).title}`;
  const what =
    state.kind === 'starting'
      ? state.step
      : 'reason' in state
        ? `${state.kind}: ${state.reason}`
        : state.kind;
  const ray = cluster.rayVersion ? `, Ray ${cluster.rayVersion}` : '';
  return `${who}: ${what}, ${cluster.backend}, ${countOf(cluster.nodes.length, 'node')}${ray}`;
}

function nodes(cluster: ClusterInfo): string {
  const rows = cluster.nodes.map((node) => [
    `  ${node.name}`,
    node.condition ?? node.state,
    String(node.cpus),
    node.gpus > 0 ? `${node.gpus}${node.gpusSimulated ? ' (simulated)' : ''}` : '',
    bytes(node.memoryBytes),
    percent(node.sample?.cpuPct ?? null),
    Object.entries(node.resources)
      .map(([name, amount]) => `${name}: ${amount}`)
      .join(', '),
  ]);
  return table(['  node', 'state', 'CPUs', 'GPUs', 'memory', 'CPU now', 'resources'], rows, [2, 4, 5]);
}
