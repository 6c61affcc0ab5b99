/** `heliostat fault | scale`: what is done to the nodes of a cluster that is up. */
import type { ClusterInfo, NodeInfo } from '../model/cluster';
import { fail } from '../model/failure';
import type { FaultKind } from '../model/fault';
import { findCluster } from './findCluster';
import { withEngine } from './session';
import { EXIT, print, say, status } from './terminal';

export interface FaultOptions {
  kind: FaultKind;
  cluster?: string;
  /** Seconds. */
  deadline?: number;
  json: boolean;
}

/** Returns when it is done to the node; what Ray makes of it shows in `status` and in the run. */
export function faultNode(name: string, options: FaultOptions): Promise<number> {
  return withEngine(async (engine) => {
    const cluster = await findCluster(engine, options.cluster);
    const node = findNode(cluster, name);
    const { kind, deadline } = options;
    status(`${node.name}: ${kind}`);
    const { words } = await engine.request('clusters.fault', {
      id: cluster.id,
      node: node.index,
      kind,
      ...(deadline === undefined ? {} : { deadlineMs: deadline * 1000 }),
    });
    status(null);
    const done = { cluster: cluster.id, node: node.index, name: node.name, kind, words };
    if (options.json) await print(`${JSON.stringify(done, null, 2)}\n`);
    else say(words);
    return EXIT.ok;
  });
}

/** Returns when the group has so many nodes. */
export function scaleGroup(
  group: string,
  count: number,
  options: { cluster?: string; json: boolean },
): Promise<number> {
  return withEngine(async (engine) => {
    const { id } = await findCluster(engine, options.cluster);
    status(`Bringing ${group} to ${count}`);
    const { words } = await engine.request('clusters.scale', { id, group, count });
    if (options.json) await print(`${JSON.stringify({ cluster: id, group, count, words }, null, 2)}\n`);
    else say(words);
    return EXIT.ok;
  });
}

/** By its name, with a hyphen or a space, or by its number. */
function findNode(cluster: ClusterInfo, name: string): NodeInfo {
  const wanted = name.toLowerCase().replaceAll(/[\s_]+/g, '-');
  const found = cluster.nodes.find(
    (node) => node.name.replaceAll(' ', '-') === wanted || String(node.index) === wanted,
  );
  const detail = `Cluster ${cluster.id} has no node "${name}". It has ${cluster.nodes.map((node) => node.name).join(', ')}.`;
  return found ?? fail({ code: 'bad-request', detail });
}
