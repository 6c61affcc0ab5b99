import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { ClusterPlan } from '../../../simulator/cluster/backend';
import {
  clusterFiles,
  createClusterFiles,
  isClusterId,
  listClusterIds,
  loadPlan,
  newClusterId,
  readToken,
  removeClusterFiles,
  writePlan,
} from '../../../simulator/cluster/clusterFiles';
import { planNodes } from '../../../simulator/cluster/nodePlan';

const root = mkdtempSync('/tmp/hs-files-');
const clusters = path.join(root, 'clusters');
const probe = path.join(root, 'probe');
mkdirSync(probe);
writeFileSync(path.join(probe, 'heliostat_probe.py'), 'x = 1\n');
writeFileSync(path.join(probe, 'notes.md'), '');

afterEach(() => rmSync(clusters, { recursive: true, force: true }));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function make(): { id: string; files: ReturnType<typeof clusterFiles>; plan: ClusterPlan } {
  const id = newClusterId(clusters);
  const files = clusterFiles(clusters, id);
  createClusterFiles(files, probe);
  const groups = [{ count: 2, memoryBytes: 1024 ** 3, resources: { a: 1 }, labels: { zone: 'a' } }];
  const plan: ClusterPlan = {
    id,
    name: 'pipeline',
    spec: { backend: 'process', groups, python: '/usr/bin/python3', mounts: ['/data'], recording: true },
    nodes: planNodes(groups, { cpus: 2, memoryBytes: 8e9, shmBytes: 8e9, gpuIds: [] }),
    createdMs: 12,
    idleMinutes: 30,
    origin: '/w/pipeline.py',
  };
  return { id, files, plan };
}

describe('the directory of a cluster', () => {
  it('is for this user alone and holds a token and the probe', () => {
    const { id, files } = make();
    expect(isClusterId(id)).toBe(true);
    expect(listClusterIds(clusters)).toEqual([id]);
    for (const dir of [clusters, files.dir, files.shared, files.spool])
      expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(files.tokenFile).mode & 0o777).toBe(0o600);
    expect(readToken(files)).toMatch(/^[0-9a-f]{64}$/);
    expect(readdirSync(files.probe)).toEqual(['heliostat_probe.py']);
  });

  it('has another token each time', () => {
    expect(readToken(make().files)).not.toBe(readToken(make().files));
  });

  it('keeps the plan as it was written', () => {
    const { files, plan } = make();
    writePlan(files, plan);
    expect(loadPlan(files)).toEqual({ kind: 'plan', plan });
  });

  it.each<[string, (text: string) => string, string]>([
    ['nothing', () => '', 'none'],
    ['half a file', (text) => text.slice(0, text.length / 2), 'none'],
    ['no nodes', (text) => text.replace(/"nodes": \[[^]*?\n {2}\]/, '"nodes": []'), 'none'],
    ['a backend that never was', (text) => text.replace('"process"', '"cloud"'), 'none'],
    ['a later form', (text) => text.replace('"version": 1', '"version": 2'), 'newer'],
    ['keys that it does not know', (text) => text.replace('"name"', '"colour": "red", "name"'), 'plan'],
    ['no idle time', (text) => text.replace('"idleMinutes": 30,', ''), 'plan'],
  ])('reads a plan file with %s for what it is', (_, change, kind) => {
    const { files, plan } = make();
    writePlan(files, plan);
    const text = readFileSync(files.planFile, 'utf8');
    const changed = change(text);
    expect(changed).not.toBe(text);
    writeFileSync(files.planFile, changed);
    expect(loadPlan(files).kind).toBe(kind);
  });

  it('goes away whole, twice as well as once', async () => {
    const { files } = make();
    await removeClusterFiles(files);
    await removeClusterFiles(files);
    expect(listClusterIds(clusters)).toEqual([]);
    expect(loadPlan(files)).toEqual({ kind: 'none' });
    expect(readToken(files)).toBeNull();
  });

  it('is not mistaken for something else in the same place', () => {
    mkdirSync(path.join(clusters, 'not-a-cluster'), { recursive: true });
    expect(listClusterIds(clusters)).toEqual([]);
  });
});
