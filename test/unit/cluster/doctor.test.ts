import { existsSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../../simulator/base/context';
import { examine } from '../../../simulator/doctor/doctor';
import { doctorLines, type DoctorCheck } from '../../../simulator/model/doctor';
import { Inspector } from '../../../simulator/python/inspector';
import { ManagedEnvironments } from '../../../simulator/python/managedEnvironment';

const home = mkdtempSync(path.join(tmpdir(), 'hsdoc-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function checksWith(env: NodeJS.ProcessEnv): Promise<DoctorCheck[]> {
  const inspector = new Inspector(path.resolve('simulator/python'));
  const report = await examine({
    env: { PATH: process.env['PATH'], HOME: home, ...env },
    folder: home,
    tools: { inspector, environments: new ManagedEnvironments(home, inspector) },
    probeDir: path.resolve('simulator/probe'),
    log: silentLog,
  });
  return report.checks;
}

describe('the doctor', () => {
  it('looks at the machine, Python, the container engine, GPUs and the kernel', async () => {
    const checks = await checksWith({ DOCKER_HOST: 'unix:///nowhere/docker.sock' });
    const named = (name: string) => checks.find((check) => check.name === name);
    expect(new Set(checks.map(({ area }) => area))).toEqual(
      new Set(['machine', 'python', 'docker', 'gpu', 'network']),
    );
    expect(Number(named('CPUs')?.found)).toBeGreaterThan(0);
    expect(named('Python with Ray')).toBeDefined();
    expect(named('Engine')).toMatchObject({ state: 'lacking' });
    expect(named('Engine')?.found).toContain('/nowhere/docker.sock');
    expect(checks.filter(({ area }) => area === 'gpu').length).toBeGreaterThan(0);
    const lacking = checks.filter(({ state, area }) => state === 'lacking' && area !== 'docker');
    for (const check of lacking) expect(check.fix, check.name).toBeTruthy();
  });

  it('says that an engine on another machine is of no use here', async () => {
    const checks = await checksWith({ DOCKER_HOST: 'tcp://192.0.2.1:2375' });
    expect(checks.find(({ name }) => name === 'Engine')?.found).toContain('another machine');
  });

  it('knows what the kernel can slow down, by trying it', async () => {
    const checks = (await checksWith({ DOCKER_HOST: 'unix:///nowhere' })).filter(
      ({ area }) => area === 'network',
    );
    const isLinux = existsSync('/proc/self/ns/net');
    expect(checks.map(({ name }) => name)).toSatisfy(
      (names: string[]) => names.join() === 'Queues' || (isLinux && names.join() === 'sch_tbf,sch_netem'),
    );
  });

  it('says it in lines, with what to type under what is lacking', () => {
    const lines = doctorLines({
      version: '1.2.3',
      checks: [
        { area: 'machine', name: 'CPUs', state: 'good', found: '2' },
        { area: 'gpu', name: 'NVIDIA toolkit', state: 'lacking', found: 'not here', fix: 'sudo x' },
      ],
    });
    expect(lines).toEqual([
      'Heliostat 1.2.3',
      '',
      'This machine',
      '  ✓ CPUs            2',
      '',
      'GPUs',
      '  ✗ NVIDIA toolkit  not here',
      '                    → sudo x',
    ]);
  });
});
