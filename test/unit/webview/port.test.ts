import { expect, it } from 'vitest';
import { FailureError } from '../../../simulator/model/failure';
import type { RequestFrame } from '../../../simulator/protocol';
import { FramePort } from '../../../webview/port';

function makePort(): { port: FramePort; sent: RequestFrame[] } {
  const sent: RequestFrame[] = [];
  return { port: new FramePort((frame) => sent.push(frame)), sent };
}

it('gives each answer to its own question, in whatever order they come', async () => {
  const { port, sent } = makePort();
  const first = port.request('runs.cancel', { id: 'a' });
  const second = port.request('clusters.list', null);
  port.receive({ id: sent[1]!.id, result: [] });
  port.receive({ id: sent[0]!.id, result: null });
  port.receive({ id: 99, result: 'nobody asked' });
  expect(await second).toEqual([]);
  expect(await first).toBeNull();
});

it('rejects with the failure that the engine names', async () => {
  const { port, sent } = makePort();
  const asked = port.request('runs.get', { id: 'x' });
  port.receive({ id: sent[0]!.id, failure: { code: 'run-not-found', id: 'x' } });
  await expect(asked).rejects.toThrow(new FailureError({ code: 'run-not-found', id: 'x' }));
});

it('tells of changes until disposed', () => {
  const { port } = makePort();
  const heard: string[] = [];
  const listening = port.onChanged((topic, version) => heard.push(`${topic} ${version}`));
  port.receive({ event: 'changed', topic: 'runs', version: 3 });
  listening.dispose();
  port.receive({ event: 'changed', topic: 'runs', version: 4 });
  expect(heard).toEqual(['runs 3']);
});

it('rejects what is pending when it ends, and what comes after, and says so once', async () => {
  const { port } = makePort();
  let ends = 0;
  port.onClosed(() => ends++);
  const pending = port.request('runs.list', {});
  port.close('gone');
  port.close('gone again');
  const unreachable = { failure: { code: 'engine-unreachable', detail: 'gone', logPath: '' } };
  await expect(pending).rejects.toMatchObject(unreachable);
  await expect(port.request('runs.list', {})).rejects.toMatchObject(unreachable);
  expect(ends).toBe(1);
});
