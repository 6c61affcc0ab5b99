/** `heliostat debug-adapter` on a port, by Microsoft's client for testing debug adapters: no code of ours, no VS Code. */
import { spawn, type ChildProcess } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../../simulator/base/dapStream';
import { lineOf } from './debugSamples';
import { recordBetween, shownTraffic } from './debugTraffic';
import { Heliostat, PYTHON } from './heliostat';

const TASKS = path.resolve('test/samples/debug/tasks.py');

describe('the debug adapter on a port', () => {
  let heliostat: Heliostat;
  let adapter: ChildProcess;
  let port: number;
  beforeAll(async () => {
    heliostat = new Heliostat();
    port = await freePort();
    const args = [path.resolve('dist/cli.js'), 'debug-adapter', '--port', `${port}`];
    adapter = spawn(process.execPath, args, { env: heliostat.env, stdio: ['ignore', 'ignore', 'pipe'] });
    await said(adapter, 'Listening');
  });
  afterAll(async () => {
    adapter.kill();
    await heliostat.end();
  });

  it('says what it always says when a task stops at a breakpoint and goes on', async () => {
    const traffic: Message[] = [];
    const recorder = await recordBetween(port, traffic);
    const client = new DebugClient('', '', 'heliostat');
    await client.start((recorder.address() as net.AddressInfo).port);
    try {
      const over = [client.waitForEvent('exited'), client.waitForEvent('terminated')];
      const stop = client.waitForEvent('stopped');
      await client.hitBreakpoint(
        { program: TASKS, python: PYTHON, nodes: 1, backend: 'process' },
        { path: TASKS, line: lineOf(TASKS, 'self.total += x') },
      );
      const { threadId } = (await stop).body as { threadId: number };
      const { stackFrames } = (await client.stackTraceRequest({ threadId, levels: 1 })).body;
      const frameId = stackFrames[0]!.id;
      const { scopes } = (await client.scopesRequest({ frameId })).body;
      await client.variablesRequest({ variablesReference: scopes[0]!.variablesReference });
      await client.evaluateRequest({ expression: 'self.total + x', frameId, context: 'watch' });
      await client.continueRequest({ threadId });
      await Promise.all(over);
    } finally {
      await client.stop();
      recorder.close();
    }
    const text = shownTraffic(traffic, { [path.dirname(TASKS)]: 'SAMPLES', [PYTHON]: 'PYTHON' });
    await expect(text).toMatchFileSnapshot('traffic/breakpointInActor.txt');
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Resolves when the process has printed the word; what it prints later is read and dropped. */
function said(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stderr!.on('data', (piece: Buffer) => {
      printed += piece.toString();
      if (printed.includes(word)) resolve();
    });
    child.on('close', () => reject(new Error(`The adapter ended: ${printed}`)));
  });
}
