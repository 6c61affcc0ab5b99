/** What a session says of processes that never came. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Processes } from '../../../simulator/debug/processes';

describe('the processes of a debug session', () => {
  let debugDir: string;
  let said: string;
  let processes: Processes;
  beforeEach(() => {
    debugDir = mkdtempSync(path.join(tmpdir(), 'heliostat-debug-'));
    said = '';
    processes = new Processes({
      send: () => undefined,
      say: (text) => (said += text),
      whyEnded: () => Promise.resolve(null),
      slowest: () => Promise.resolve(null),
    });
  });
  afterEach(async () => {
    await processes.close();
    rmSync(debugDir, { recursive: true, force: true });
  });

  const open = () =>
    processes.open('run', {
      ...{ debugDir, listenAt: '127.0.0.1', dialTo: 'host.docker.internal' },
      ...{ debugpy: null, sameFolders: ['/'] },
    });

  it('are missed by the address that they were to reach, as they know it', async () => {
    const address = await open();
    expect(address).toMatch(/^host\.docker\.internal:\d+$/);
    processes.complainIfAlone();
    expect(said).toContain(`No process of the run has reached the debugger at ${address};`);
    expect(said).toContain("in the run's output, with their node and the reason");
  });

  it('are not missed before they could come, nor once the session is over', async () => {
    processes.complainIfAlone();
    await open();
    await processes.close();
    processes.complainIfAlone();
    expect(said).toBe('');
  });
});
