/** `heliostat debug-adapter` on a port, by Microsoft's client for testing debug adapters: no code of ours, no VS Code. */
import { spawn, type ChildProcess } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../../simulator/base/dapStream';
import { lineOf } from './debugSamples';
import { recordBetween, shownTraffic } from './debugTraffic';
import { Heliostat, PYTHON } from './heliostat';

const TASKS = path.resolve('test/samples/debug/tasks.py');
const FAULTS = path.resolve('test/samples/debug/faults.py');
const EVENT_MS = 90_000;

interface Wanted {
  program?: string;
  args?: string[];
  replay?: { run: string; task: string };
  breakpoints?: DebugProtocol.SourceBreakpoint[];
  exceptions?: string[];
}

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

  /** What is said over the wire while `meanwhile` does something with a run; compared with what was said before. */
  async function record(
    name: string,
    { program = TASKS, breakpoints = [], exceptions = [], ...more }: Wanted,
    meanwhile: (client: DebugClient) => Promise<void>,
  ): Promise<void> {
    const traffic: Message[] = [];
    const recorder = await recordBetween(port, traffic);
    const client = new DebugClient('', '', 'heliostat');
    client.defaultTimeout = EVENT_MS;
    await client.start((recorder.address() as net.AddressInfo).port);
    try {
      const initialized = client.waitForEvent('initialized');
      await client.initializeRequest();
      const target = { program, python: PYTHON, nodes: 1, backend: 'process', ...more };
      const launched = client.launchRequest(target as DebugProtocol.LaunchRequestArguments);
      await initialized;
      await client.setBreakpointsRequest({ source: { path: program }, breakpoints });
      await client.setExceptionBreakpointsRequest({ filters: exceptions });
      // What comes before anybody waits for it is lost to this client.
      const [done] = [meanwhile(client), await client.configurationDoneRequest()];
      await Promise.all([launched, done]);
    } finally {
      await client.stop();
      recorder.close();
    }
    const text = shownTraffic(traffic, { [path.dirname(TASKS)]: 'SAMPLES', [PYTHON]: 'PYTHON' });
    await expect(text).toMatchFileSnapshot(`traffic/${name}.txt`);
  }

  it('says what it always says when tasks and actors of each kind stop, step and go on', () =>
    record(
      'breakpoints',
      {
        breakpoints: [
          at(TASKS, 'y = x * x', { condition: 'x == 3' }),
          at(TASKS, 'return self.total', { logMessage: 'total {self.total}' }),
          at(TASKS, 'self.total += x'),
          at(TASKS, 'doubled = x', { condition: 'x == 2' }),
          at(TASKS, 'tripled = x'),
        ],
      },
      async (client) => {
        const over = ended(client);
        const printed = outputOf(client, /total 15/);
        for (let count = 0, next = stop(client); count < 4; count++) {
          const { threadId } = await next;
          const frame = await topFrame(client, threadId);
          await locals(client, frame.id);
          await client.evaluateRequest({ expression: 'x + 100', frameId: frame.id, context: 'watch' });
          if (count === 0) {
            const stepped = stop(client);
            await client.nextRequest({ threadId });
            await stepped;
            await topFrame(client, threadId);
          }
          if (count < 3) next = stop(client);
          await client.continueRequest({ threadId });
        }
        await Promise.all([over, printed]);
      },
    ));

  it('… when a task fails, and again when it is tried again', () =>
    record('failure', { program: FAULTS, args: ['fail'], exceptions: ['uncaught'] }, async (client) => {
      const over = ended(client);
      for (let attempt = 1, next = stop(client); attempt <= 2; attempt++) {
        const { threadId } = await next;
        if (attempt === 1) next = stop(client);
        const frame = await topFrame(client, threadId);
        await locals(client, frame.id);
        await client.exceptionInfoRequest({ threadId });
        await client.continueRequest({ threadId });
      }
      await over;
    }));

  it('… when the failed task is run again alone', () =>
    record('replay', { program: FAULTS, replay: { run: 'last', task: 'fails' } }, async (client) => {
      const over = ended(client);
      const { threadId } = await stop(client);
      const frame = await topFrame(client, threadId);
      await locals(client, frame.id);
      await client.continueRequest({ threadId });
      await over;
    }));

  it('… when a task is stepped into from the one that submits it, and all go on', () =>
    record(
      'stepIntoTask',
      { args: ['outer'], breakpoints: [at(TASKS, 'inner = square')] },
      async (client) => {
        const over = ended(client);
        const { threadId } = await stop(client);
        const both = stops(client, 2);
        await client.stepInRequest({ threadId });
        const target = (await both).find((one) => one.threadId !== threadId)!;
        await client.stackTraceRequest({ threadId: target.threadId });
        await topFrame(client, threadId);
        await client.customRequest('heliostat/continueAll');
        await over;
      },
    ));

  it('… when an error is raised in the script, and it is left there', () =>
    record('raisedAndLeft', { program: FAULTS, args: ['raise'], exceptions: ['raised'] }, async (client) => {
      const { threadId } = await stop(client);
      await topFrame(client, threadId);
      await client.exceptionInfoRequest({ threadId });
      await client.disconnectRequest({ terminateDebuggee: false });
    }));
});

function at(
  file: string,
  text: string,
  more: Partial<DebugProtocol.SourceBreakpoint> = {},
): DebugProtocol.SourceBreakpoint {
  return { line: lineOf(file, text), ...more };
}

type Stop = DebugProtocol.StoppedEvent['body'] & { threadId: number };

async function stop(client: DebugClient): Promise<Stop> {
  return (await client.waitForEvent('stopped', EVENT_MS)).body as Stop;
}

/** The next so many; they may come at once. */
function stops(client: DebugClient, count: number): Promise<Stop[]> {
  return new Promise((resolve) => {
    const seen: Stop[] = [];
    const take = ({ body }: DebugProtocol.StoppedEvent) => {
      if (seen.push(body as Stop) < count) return;
      client.off('stopped', take);
      resolve(seen);
    };
    client.on('stopped', take);
  });
}

async function ended(client: DebugClient): Promise<void> {
  await Promise.all([client.waitForEvent('exited', EVENT_MS), client.waitForEvent('terminated', EVENT_MS)]);
}

function outputOf(client: DebugClient, text: RegExp): Promise<void> {
  return new Promise((resolve) => {
    client.on('output', ({ body }: DebugProtocol.OutputEvent) => {
      if (text.test(body.output)) resolve();
    });
  });
}

async function topFrame(client: DebugClient, threadId: number): Promise<DebugProtocol.StackFrame> {
  return (await client.stackTraceRequest({ threadId, levels: 1 })).body.stackFrames[0]!;
}

async function locals(client: DebugClient, frameId: number): Promise<void> {
  const { scopes } = (await client.scopesRequest({ frameId })).body;
  await client.variablesRequest({ variablesReference: scopes[0]!.variablesReference });
}

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
