/** What goes wrong with addresses, uploads, logs and disks, on real Ray: a clear error each, and nothing lost. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEngineFile } from '../../simulator/base/engineFile';
import { silentLog } from '../../simulator/base/context';
import { freePorts } from '../../simulator/base/ports';
import type { RunSummary } from '../../simulator/cli/summary';
import { clusterFiles, readToken } from '../../simulator/cluster/clusterFiles';
import type { ClusterInfo } from '../../simulator/model/cluster';
import { uploadWorkingDir } from '../../simulator/ray/workingDir';
import { Heliostat, PYTHON } from './heliostat';

describe('bad input', () => {
  const heliostat = new Heliostat();
  const work = mkdtempSync(path.join(tmpdir(), 'heliostat-work-'));
  let cluster: ClusterInfo;
  let token: string;

  beforeAll(async () => {
    const { stdout, stderr } = await heliostat.run(['up', '--nodes', '1', '--python', PYTHON, '--json']);
    if (stdout === '') throw new Error(stderr);
    cluster = JSON.parse(stdout) as ClusterInfo;
    token = readToken(clusterFiles(heliostat.paths.clusters, cluster.id))!;
  });
  afterAll(async () => {
    await heliostat.end();
    rmSync(work, { recursive: true, force: true });
  });

  /** A script in a folder of its own. */
  const script = (folder: string, text: string) => {
    mkdirSync(path.join(work, folder), { recursive: true });
    const file = path.join(work, folder, 'main.py');
    writeFileSync(file, text);
    return file;
  };
  const runAt = (address: string, file: string, given: string | null, ...more: string[]) => {
    if (given === null) delete heliostat.env['RAY_AUTH_TOKEN'];
    else heliostat.env['RAY_AUTH_TOKEN'] = given;
    return heliostat.run(['run', file, '--address', address, ...more]);
  };

  it('says that nothing answers at an address', async () => {
    const [port] = await freePorts(1);
    const { code, stderr } = await runAt(`http://127.0.0.1:${port}`, script('plain', 'print(1)'), null);
    expect(code).toBe(1);
    expect(stderr).toContain(`No Ray cluster answers at http://127.0.0.1:${port}.`);
  });

  it('says that a Ray is too old', async () => {
    const old = http.createServer((_request, response) =>
      response
        .setHeader('Content-Type', 'application/json')
        .end(JSON.stringify({ version: '4', ray_version: '2.40.0', session_name: 'session' })),
    );
    await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(old.address() as AddressInfo).port}`;
    const { code, stderr } = await runAt(address, script('plain', 'print(1)'), null);
    old.close();
    expect(code).toBe(1);
    expect(stderr).toContain('Ray 2.40.0');
    expect(stderr).toContain('is too old');
  });

  it('tells a missing token from a wrong one', async () => {
    const file = script('plain', 'print(1)');
    const missing = await runAt(cluster.dashboardUrl!, file, null);
    expect(missing.stderr).toContain('asks for a token');
    const wrong = await runAt(cluster.dashboardUrl!, file, 'f'.repeat(64));
    expect(wrong.stderr).toContain('refused the token');
    expect([missing.code, wrong.code]).toEqual([1, 1]);
  });

  it('uploads a folder once, warns of secrets, and keeps the token out of what it writes', async () => {
    const file = script('upload', 'import helper\nprint("helper says", helper.WORD)\n');
    writeFileSync(path.join(work, 'upload', 'helper.py'), 'WORD = "hello"\n');
    writeFileSync(path.join(work, 'upload', '.env'), 'KEY=1\n');
    const first = await runAt(cluster.dashboardUrl!, file, token);
    expect(first.stdout).toContain('helper says hello');
    expect(first.stderr).toContain('look like secrets');
    expect(first.stderr).toContain('.env');
    const second = await runAt(cluster.dashboardUrl!, file, token);
    expect(second.stdout).toContain('helper says hello');
    expect([first.code, second.code]).toEqual([0, 0]);
    // Steps pass too fast to be seen there, so the upload is asked for by itself.
    const endpoint = { address: cluster.dashboardUrl!, token };
    const steps: string[] = [];
    const ctx = {
      log: silentLog,
      signal: new AbortController().signal,
      step: (text: string) => void steps.push(text),
    };
    const taken = () => steps.splice(0);
    const uploading = [
      'Packing the working directory',
      expect.stringMatching(/^Uploading the working directory/),
    ];
    await uploadWorkingDir(ctx, endpoint, path.dirname(file));
    expect(taken()).toEqual(uploading);
    await uploadWorkingDir(ctx, endpoint, path.dirname(file));
    expect(taken()).toEqual(['Packing the working directory']);
    writeFileSync(path.join(work, 'upload', 'helper.py'), 'WORD = "changed"\n');
    await uploadWorkingDir(ctx, endpoint, path.dirname(file));
    expect(taken()).toEqual(uploading);
    const { stdout } = await heliostat.run(['runs', '--json']);
    expect(first.stderr + second.stderr + stdout).not.toContain(token);
  });

  it('refuses a folder over the limit and names what is large', async () => {
    const file = script('large', 'print(1)');
    const data = path.join(work, 'large', 'weights.bin');
    writeFileSync(data, '');
    truncateSync(data, 1200 * 1048576);
    const { code, stderr } = await runAt(cluster.dashboardUrl!, file, token);
    rmSync(data);
    expect(code).toBe(1);
    expect(stderr).toContain('too large to upload');
    expect(stderr).toContain('weights.bin');
  });

  it('says why a job never began', async () => {
    const header =
      '# /// script\n# dependencies = ["nothing @ file:///nowhere/nothing-1.0-py3-none-any.whl"]\n# ///\n';
    const { code, stderr } = await runAt(cluster.dashboardUrl!, script('dead', `${header}print(1)`), token);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/RUNTIME_ENV_SETUP_FAILURE|runtime environment/i);
    expect(stderr).toContain('nothing');
  });

  it('keeps memory bounded while a script prints 100 MB', async () => {
    const file = script('loud', 'line = "x" * 99\nfor i in range(1_000_000):\n    print(line)\n');
    let clientMb = 0;
    const { code, stdout } = await heliostat.run(
      ['run', file, '--cluster', cluster.id],
      (child) =>
        new Promise((resolve) => {
          const look = setInterval(() => (clientMb = Math.max(clientMb, peakMb(child.pid!))), 100);
          child.on('close', () => {
            clearInterval(look);
            resolve();
          });
        }),
    );
    expect(code).toBe(0);
    expect(stdout.length).toBeGreaterThanOrEqual(100_000_000);
    expect(clientMb).toBeLessThan(400);
    expect(peakMb(readEngineFile(heliostat.paths.engineFile)!.pid)).toBeLessThan(500);
  });
});

describe('a full disk', () => {
  const heliostat = new Heliostat();
  let isMounted = false;
  beforeAll(() => {
    isMounted = mount(heliostat.paths.home);
  });
  afterAll(async () => {
    await heliostat.run(['down', '--force']);
    const engine = readEngineFile(heliostat.paths.engineFile);
    if (engine) process.kill(engine.pid, 'SIGTERM');
    if (isMounted) execFileSync('umount', ['--lazy', heliostat.paths.home]);
    await heliostat.end();
  });

  it('does not stop a run, which says what is not kept', async (context) => {
    if (!isMounted) return context.skip('a small disk cannot be mounted here (needs root)');
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'heliostat-work-')), 'main.py');
    writeFileSync(file, 'for i in range(60_000):\n    print("x" * 99)\nprint("the end")\n');
    const { code, stdout } = await heliostat.run(['run', file, '--python', PYTHON, '--json']);
    rmSync(path.dirname(file), { recursive: true });
    expect(code).toBe(0);
    const summary = JSON.parse(stdout) as RunSummary;
    expect(summary.state).toBe('succeeded');
    expect(summary.notices.join(' ')).toContain('The disk is full');
  });
});

function mount(dir: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m,mode=700', 'tmpfs', dir], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The most memory that a process had so far. */
function peakMb(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
