/** What waits for nodes, and what is free: `/api/cluster_status` (ray/dashboard/modules/reporter/reporter_head.py). */
import { list, number, numberMap, object, text } from './decode';
import type { Endpoint } from './endpoint';
import { rayRequest } from './http';

/** So many tasks, actors or bundles of placement groups wait for one node that has all of this free. */
export interface Demand {
  shape: Record<string, number>;
  count: number;
}

export interface ClusterDemand {
  /** When Ray wrote it: it does so every few seconds. */
  timeMs: number;
  waiting: Demand[];
  /** What is handed out on each node, by Ray's id. Names as `resourceKey` writes them. */
  usedByNode: Record<string, Record<string, number>>;
}

/** Null before Ray has written its first report. */
export async function readDemand(endpoint: Endpoint): Promise<ClusterDemand | null> {
  const answer = await rayRequest(endpoint, '/api/cluster_status', { timeoutMs: 5000 });
  return decodeDemand(answer.body);
}

export function decodeDemand(body: unknown): ClusterDemand | null {
  const status = object(object(object(body)['data'])['clusterStatus']);
  const timeS = number(status['time']);
  const report = object(status['loadMetricsReport']);
  if (timeS === null) return null;
  const waiting = [
    ...pairs(report['resourceDemand']).map(([shape, count]) => ({ shape: numberMap(shape), count })),
    ...pairs(report['pgDemand']).flatMap(([group, count]) =>
      pairs(object(group)['bundles']).map(([shape, each]) => ({
        shape: numberMap(shape),
        count: each * count,
      })),
    ),
  ];
  const usedByNode = Object.fromEntries(
    Object.entries(object(report['usageByNode'])).map(([id, usage]) => [
      id,
      Object.fromEntries(
        Object.entries(object(usage)).map(([name, pair]) => [name, number(list(pair)[0]) ?? 0]),
      ),
    ]),
  );
  return { timeMs: timeS * 1000, waiting, usedByNode };
}

/** The dashboard turns keys of its answers into camel case; inside of lists they stay as they are. */
export function resourceKey(name: string): string {
  const [first = '', ...rest] = name.split('_');
  return first + rest.map((part) => (text(part) ? part[0]!.toUpperCase() + part.slice(1) : '')).join('');
}

function pairs(value: unknown): [unknown, number][] {
  return list(value).flatMap((pair): [unknown, number][] => {
    const [what, count] = list(pair);
    const many = number(count);
    return many === null || many <= 0 ? [] : [[what, many]];
  });
}
