import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../simulator/base/context';
import { freePorts } from '../../../simulator/base/ports';
import {
  EventReceiver,
  eventUrl,
  JobEvents,
  newEventAddress,
  readEventAddress,
} from '../../../simulator/ray/eventReceiver';

const body = readFileSync('test/samples/ray/events.json');

function post(url: string, content: Buffer | string, method = 'POST'): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end(content);
  });
}

describe('EventReceiver', () => {
  let dir: string;
  let url: string;
  const open: EventReceiver[] = [];
  const start = async () => {
    const receiver = (await EventReceiver.open(dir, silentLog))!;
    open.push(receiver);
    return receiver;
  };
  beforeEach(async () => {
    dir = mkdtempSync('/tmp/hs-events-');
    url = eventUrl(newEventAddress(dir, (await freePorts(1))[0]!));
  });
  afterEach(() => {
    for (const receiver of open.splice(0)) receiver.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('keeps what is posted for the job that it is about, each event once', async () => {
    await start();
    const events = new JobEvents(dir, '01000000');
    expect(events.read()).toEqual([]);
    expect(await post(url, body)).toBe(200);
    expect(events.read().length).toBeGreaterThan(8);
    expect(events.read()).toEqual([]);
    expect(new JobEvents(dir, '02000000').read()).toEqual([]);
  });

  it('takes nothing without the secret, and keeps that to its user', async () => {
    await start();
    const { port } = readEventAddress(dir)!;
    expect(await post(`http://127.0.0.1:${port}/`, body)).toBe(404);
    expect(await post(`http://127.0.0.1:${port}/${'0'.repeat(32)}`, body)).toBe(404);
    expect(await post(url, '', 'GET')).toBe(404);
    expect(new JobEvents(dir, '01000000').read()).toEqual([]);
    expect(statSync(path.join(dir, 'events.json')).mode & 0o777).toBe(0o600);
  });

  it('is at the same address in the next engine, which still has what came before', async () => {
    (await start()).close();
    await expect(post(url, body)).rejects.toThrow();
    await start();
    expect(await post(url, body)).toBe(200);
    expect(new JobEvents(dir, '01000000').read().length).toBeGreaterThan(8);
  });

  it('lives through what is no JSON', async () => {
    await start();
    expect(await post(url, '{"half')).toBe(200);
    expect(await post(url, body)).toBe(200);
  });

  it('says in every job that events are lost while another program has its port', async () => {
    const other = http.createServer();
    await new Promise<void>((resolve) =>
      other.listen(readEventAddress(dir)!.port, '127.0.0.1', () => resolve()),
    );
    await start();
    other.close();
    const [lost, ...more] = new JobEvents(dir, '01000000').read();
    expect(lost).toMatchObject({ type: 'lost', source: 'ray' });
    expect(more).toEqual([]);
  });
});
