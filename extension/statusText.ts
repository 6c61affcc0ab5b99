/** What the status bar's one item says. Pure. */
import type { ClusterInfo } from '../simulator/model/cluster';
import { isEnded, type RunInfo } from '../simulator/model/run';
import { isUsable } from './clusterText';
import { progressText, scriptName, stateText } from './runText';
import { countOf } from '../simulator/model/format';

export interface StatusText {
  text: string;
  tooltip: string;
  /** For screen readers, which do not see icons. */
  spoken: string;
}

/** Null when there is nothing to say: no cluster and no run. */
export function statusText(clusters: readonly ClusterInfo[], runs: readonly RunInfo[]): StatusText | null {
  const live = runs.filter((run) => !isEnded(run.state));
  const [only] = live;
  if (only && live.length === 1) {
    const name = scriptName(only.script);
    const progress = progressText(only).replace(/ tasks$/, '');
    return said('sync~spin', progress === '' ? name : `${name} ${progress}`, `${name}: ${stateText(only)}`);
  }
  if (live.length > 1) {
    const names = live.map((run) => `${scriptName(run.script)}: ${stateText(run)}`);
    return said('sync~spin', countOf(live.length, 'run'), names.join('\n'));
  }
  return clusterStatus(clusters);
}

function clusterStatus(clusters: readonly ClusterInfo[]): StatusText | null {
  if (clusters.length === 0) return null;
  const names = clusters.map((cluster) => `${cluster.name}: ${cluster.state.kind}`).join('\n');
  if (clusters.some((cluster) => cluster.state.kind === 'starting')) {
    return said('loading~spin', 'Ray: starting', names);
  }
  const usable = clusters.filter(isUsable);
  const nodes = usable.flatMap((cluster) => cluster.nodes).filter((node) => node.state === 'alive');
  if (usable.length > 0) return said('server', `Ray: ${countOf(nodes.length, 'node')}`, names);
  const stopping = clusters.every((cluster) => cluster.state.kind === 'stopping');
  return stopping ? said('loading~spin', 'Ray: stopping', names) : said('warning', 'Ray: not usable', names);
}

function said(icon: string, words: string, tooltip: string): StatusText {
  return { text: `$(${icon}) ${words}`, tooltip, spoken: `Heliostat, ${words}` };
}
