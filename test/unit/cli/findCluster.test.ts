import { describe, expect, it } from 'vitest';
import { pickCluster } from '../../../simulator/cli/findCluster';
import type { ClusterInfo } from '../../../simulator/model/cluster';

const cluster = (id: string, name: string, more: Partial<ClusterInfo> = {}) =>
  ({ id, name, backend: 'process', state: { kind: 'ready' }, ...more }) as ClusterInfo;

const two = [cluster('aaa111', 'mine'), cluster('bbb222', 'other')];

const said = (words: RegExp) =>
  expect.objectContaining({
    failure: { code: 'bad-request', detail: expect.stringMatching(words) as string },
  });

describe('which cluster is meant', () => {
  it('is that of an id or of a name, an id first', () => {
    expect(pickCluster(two, 'bbb222').id).toBe('bbb222');
    expect(pickCluster(two, 'mine').id).toBe('aaa111');
    expect(pickCluster([...two, cluster('mine', 'x')], 'mine').id).toBe('mine');
  });

  it('is not guessed where several have the name, or none', () => {
    const same = [...two, cluster('ccc333', 'mine')];
    expect(() => pickCluster(same, 'mine')).toThrow(said(/aaa111, ccc333/));
    expect(() => pickCluster(two, 'min')).toThrow(
      expect.objectContaining({ failure: { code: 'cluster-not-found', id: 'min' } }),
    );
  });

  it('is the only local one where nothing is said', () => {
    const remote = cluster('rrr', 'far', { backend: 'remote' });
    expect(pickCluster([remote, two[0]!], undefined).id).toBe('aaa111');
    expect(() => pickCluster(two, undefined)).toThrow(said(/several clusters/));
    expect(() => pickCluster([remote], undefined)).toThrow(said(/heliostat up/));
  });
});
