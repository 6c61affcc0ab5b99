/** Tasks from Ray's state API: how often it is asked. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StateSource } from '../../../simulator/run/jobApi';

const ANSWER_MS = 150;
const row = { task_id: '1'.repeat(48), job_id: '01000000', type: 'NORMAL_TASK', state: 'FINISHED', name: 'f' };

let server: Server;
let questions = 0;
let source: StateSource;

beforeEach(async () => {
  questions = 0;
  server = createServer((request, response) => {
    const isTasks = request.url!.startsWith('/api/v0/tasks');
    if (isTasks) questions++;
    const result = { result: isTasks ? [row] : [], total: 1, num_after_truncation: 1, num_filtered: 1 };
    setTimeout(() => response.end(JSON.stringify({ data: { result } })), ANSWER_MS);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  source = new StateSource({ address: `http://127.0.0.1:${port}`, token: null }, '01000000');
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

it('leaves Ray alone for nine times as long as its last answer took, and asks once more at the end', async () => {
  expect(await source.poll()).toMatchObject([{ type: 'reported', function: 'f', state: 'finished' }]);
  await sleep(1050);
  // A second is over, but Ray needs longer than that to be idle enough.
  expect(await source.poll()).toEqual([]);
  expect(questions).toBe(1);
  expect(await source.poll(true)).toHaveLength(1);
  expect(questions).toBe(2);
  await sleep(10 * ANSWER_MS + 250);
  expect(await source.poll()).toHaveLength(1);
});

it('also when no answer came', async () => {
  server.removeAllListeners('request');
  server.on('request', (_, response) => setTimeout(() => response.writeHead(503).end(), ANSWER_MS));
  await expect(source.poll()).rejects.toThrow();
  expect(await source.poll()).toEqual([]);
});
