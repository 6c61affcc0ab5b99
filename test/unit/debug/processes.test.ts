/** What a session says of processes that never came. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Processes } from '../../../simulator/debug/processes';

describe('the processes of a debug session', () => {
  let debugDir: string;
  let said: string;
  let processes: Processes;
  const wiring = {
    send: () => undefined,
    say: (text: string) => void (said += text),
    whyEnded: () => Promise.resolve(null),
    slowest: () => Promise.resolve(null),
  };
  beforeEach(() => {
    debugDir = mkdtempSync(path.join(tmpdir(), 'heliostat-debug-'));
    said = '';
    processes = new Processes(wiring);
  });
  afterEach(async () => {
    await processes.close();
    rmSync(debugDir, { recursive: true, force: true });
  });

  const place = { listenAt: '127.0.0.1', port: 0, dialTo: 'host.docker.internal', sameFolders: ['/'] };
  const open = () => processes.open('run', { ...place, nodes: { kind: 'sharing', debugDir, debugpy: null } });

  it('are missed by the address that they were to reach, as they know it', async () => {
    const { host, port } = await open();
    expect(host).toBe('host.docker.internal');
    processes.complainIfAlone();
    expect(said).toContain(`No process of the run has reached the debugger at ${host}:${port};`);
    expect(said).toContain("in the run's output, with their node and the reason");
  });

  it('are told to dial another address where those of a cluster elsewhere do not find here', async () => {
    const wayOut = 'Name another one as "dialTo".';
    const packedDebugpy = () => Promise.resolve(null);
    const nodes = { kind: 'foreign', workingDir: '/work', wayOut, packedDebugpy } as const;
    expect(await processes.open('run', { ...place, nodes })).toMatchObject({ debugpy: null, wayOut });
    processes.complainIfAlone();
    expect(said).toContain(wayOut);
    expect(readdirSync(debugDir)).toEqual([]);
  });

  it('cannot dial a port that another program has, which is said', async () => {
    const { port } = await open();
    const other = new Processes(wiring);
    const taken = other.open('run', {
      ...{ ...place, port },
      nodes: { kind: 'sharing', debugDir, debugpy: null },
    });
    await expect(taken).rejects.toMatchObject({
      failure: { code: 'bad-request', detail: expect.stringContaining(`EADDRINUSE`) as string },
    });
  });

  it('are not missed before they could come, nor once the session is over', async () => {
    processes.complainIfAlone();
    await open();
    await processes.close();
    processes.complainIfAlone();
    expect(said).toBe('');
  });
});
