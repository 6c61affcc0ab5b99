/** Which cluster a user means. */
import type { EngineConnection } from '../client/connection';
import type { ClusterInfo } from '../model/cluster';
import { fail } from '../model/failure';

/**
 * By its id, or by a name that only one has; without one, the only local one. Fails as `cluster-not-found`, or as
 * `bad-request` where it is not clear which is meant.
 */
export async function findCluster(
  engine: EngineConnection,
  wanted: string | undefined,
): Promise<ClusterInfo> {
  const all = await engine.request('clusters.list', null);
  return pickCluster(all, wanted);
}

/** The same of these. Pure. */
export function pickCluster(all: readonly ClusterInfo[], wanted: string | undefined): ClusterInfo {
  if (wanted !== undefined) {
    const byId = all.find(({ id }) => id === wanted);
    return (
      byId ??
      only(all.filter(({ name }) => name === wanted)) ??
      fail({ code: 'cluster-not-found', id: wanted })
    );
  }
  const local = all.filter(({ backend, state }) => backend !== 'remote' && state.kind !== 'failed');
  return (
    only(local) ??
    fail({ code: 'bad-request', detail: 'No cluster is running. Start one with: heliostat up' })
  );
}

function only(some: readonly ClusterInfo[]): ClusterInfo | undefined {
  if (some.length <= 1) return some[0];
  const detail = `There are several clusters: name one by its id (${some.map(({ id }) => id).join(', ')}).`;
  return fail({ code: 'bad-request', detail });
}
