/** Stops that are over before it is known what their thread runs: by a process at the other end of a socket. */
import { once } from 'node:events';
import net from 'node:net';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeMessage, MessageReader } from '../../../simulator/base/dapStream';
import { Debuggee, type Hello } from '../../../simulator/debug/debuggee';
import { StepIntoTask } from '../../../simulator/debug/stepIntoTask';
import { Stops } from '../../../simulator/debug/stops';
import { Threads } from '../../../simulator/debug/threads';

const TASK = { name: 'square(3)', task: 'aa' };

describe('a thread that stops', () => {
  let server: net.Server;
  let socket: net.Socket;
  let worker: net.Socket;
  let debuggee: Debuggee;
  let stops: Stops;
  let threads: Threads;
  let told: string[];
  let asked: DebugProtocol.Request[];

  beforeEach(async () => {
    server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    worker = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
    [socket] = (await once(server, 'connection')) as [net.Socket];
    asked = [];
    const reader = new MessageReader((message) => asked.push(message as DebugProtocol.Request));
    worker.on('data', (piece: Buffer) => reader.feed(piece));
    const hello: Hello = { role: 'worker', node: 1, pid: 7, worker: 'w', folder: null, error: null };
    debuggee = new Debuggee(hello, socket, Buffer.alloc(0));
    told = [];
    threads = new Threads(() => undefined);
    stops = new Stops({
      threads,
      send: (event) => told.push(event),
      debuggees: () => [debuggee],
      breakpointIds: () => [],
      onFree: () => undefined,
      stepIntoTask: new StepIntoTask(
        () => [],
        (_, source) => source,
      ),
    });
    debuggee.onClosed(() => {
      threads.forget(debuggee);
      stops.forget(debuggee);
    });
  });
  afterEach(() => {
    worker.destroy();
    socket.destroy();
    server.close();
  });

  const stop = () => stops.stopped(debuggee, { reason: 'breakpoint', threadId: 1 });
  /** Answers the next request of that name, once it has come. */
  const answer = async (command: string, body: object) => {
    let request: DebugProtocol.Request | undefined;
    while (!request) {
      await new Promise((resolve) => setImmediate(resolve));
      request = asked.find((one) => one.command === command);
    }
    asked.splice(asked.indexOf(request), 1);
    const head = { seq: 1, type: 'response', request_seq: request.seq, command, success: true };
    worker.write(encodeMessage({ ...head, body } as DebugProtocol.Response));
  };
  const describeTask = async () => {
    await answer('stackTrace', { stackFrames: [{ id: 5, name: 'square', line: 1, column: 1 }] });
    await answer('evaluate', { result: Buffer.from(JSON.stringify(TASK)).toString('hex') });
  };

  it('is shown by what it runs', async () => {
    const stopped = stop();
    await describeTask();
    await stopped;
    expect(threads.list().map(({ name }) => name)).toEqual(['square(3) · node 2 · pid 7']);
    expect(told).toEqual(['stopped']);
  });

  it('is not shown when it has gone on meanwhile, and is when it stops again', async () => {
    const first = stop();
    stops.continued(debuggee, 1);
    const second = stop();
    await describeTask();
    await describeTask();
    await Promise.all([first, second]);
    expect(told).toEqual(['stopped']);
    expect(threads.list()).toHaveLength(1);
  });

  it('is not shown when its process has ended meanwhile', async () => {
    const stopped = stop();
    worker.destroy();
    await stopped;
    expect(threads.list()).toEqual([]);
    expect(told).toEqual([]);
  });
});
