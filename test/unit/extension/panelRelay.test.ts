import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { PanelRelay } from '../../../extension/panelRelay';
import { openSocket } from '../../../simulator/client/connection';
import type { RequestFrame } from '../../../simulator/protocol';
import type { HostToPage } from '../../../webview/hostMessages';

const hello: RequestFrame = { id: 1, method: 'hello', params: { protocol: 1, client: 'page' } };
const list: RequestFrame = { id: 2, method: 'clusters.list', params: null };

let server: WebSocketServer;
let sockets: WebSocket[];
/** What arrived, by connection. */
let heard: string[][];
let posted: HostToPage[];
let relay: PanelRelay;

async function listen(port = 0): Promise<void> {
  server = new WebSocketServer({ host: '127.0.0.1', port, path: '/ws' });
  server.on('connection', (socket) => {
    const messages: string[] = [];
    sockets.push(socket);
    heard.push(messages);
    socket.on('message', (data: Buffer) => {
      messages.push(data.toString());
      const { id } = JSON.parse(data.toString()) as RequestFrame;
      socket.send(JSON.stringify({ id, result: `answer on ${heard.indexOf(messages)}` }));
    });
  });
  await once(server, 'listening');
}

const port = () => (server.address() as AddressInfo).port;
const open = () => openSocket({ version: '', protocol: 1, pid: 1, port: port(), secret: 's' });
const notices = () =>
  posted.flatMap((one) => ('host' in one && one.host.kind === 'connection' ? [one.host.state] : []));
const answers = () =>
  posted.flatMap((one) => ('engine' in one && 'result' in one.engine ? [one.engine.result] : []));

beforeEach(async () => {
  [sockets, heard, posted] = [[], [], []];
  await listen();
  relay = new PanelRelay(open, (message) => posted.push(message));
});

afterEach(() => {
  relay.stop();
  for (const socket of sockets) socket.terminate();
  server.close();
});

describe('the relay between a page and the engine', () => {
  it('passes frames on as they are, also those from before the connection was there', async () => {
    relay.receive(hello);
    relay.receive(list);
    await expect.poll(answers).toEqual(['answer on 0', 'answer on 0']);
    expect(heard).toEqual([[JSON.stringify(hello), JSON.stringify(list)]]);
  });

  it('gives a page that was loaded again a fresh connection, and ends the old one', async () => {
    relay.receive(hello);
    await expect.poll(answers).toHaveLength(1);
    const closed = once(sockets[0]!, 'close');
    relay.receive(hello);
    await closed;
    await expect.poll(answers).toEqual(['answer on 0', 'answer on 1']);
    expect(notices()).not.toContain('closed');
  });

  it('tells the page about a loss, comes back by itself and lets the page greet anew', async () => {
    relay.receive(hello);
    await expect.poll(answers).toHaveLength(1);
    sockets[0]!.terminate();
    await expect.poll(notices).toEqual(['open', 'closed', 'open']);
    relay.receive(hello);
    await expect.poll(answers).toEqual(['answer on 0', 'answer on 1']);
    expect(heard).toHaveLength(2);
  });

  it('drops what was said into a lost connection: the page knows that it is gone', async () => {
    relay.receive(hello);
    await expect.poll(answers).toHaveLength(1);
    sockets[0]!.terminate();
    await expect.poll(notices).toContain('closed');
    relay.receive(list);
    await expect.poll(notices).toEqual(['open', 'closed', 'open']);
    expect(heard[1] ?? []).toEqual([]);
  });

  it('keeps trying while nothing listens, and says so once per try', async () => {
    const freed = port();
    const closing = once(server, 'close');
    server.close();
    await closing;
    relay.stop();
    relay = new PanelRelay(
      () => openSocket({ version: '', protocol: 1, pid: 1, port: freed, secret: 's' }),
      (message) => posted.push(message),
    );
    relay.receive(hello);
    await expect.poll(notices).toContain('closed');
    await listen(freed);
    await expect.poll(notices, { timeout: 10_000 }).toContain('open');
  });

  it('is silent after its end', async () => {
    relay.receive(hello);
    await expect.poll(answers).toHaveLength(1);
    const closed = once(sockets[0]!, 'close');
    relay.stop();
    await closed;
    relay.receive(list);
    expect(notices()).toEqual(['open']);
    expect(heard).toHaveLength(1);
  });
});
