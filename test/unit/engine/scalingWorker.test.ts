/** Jobs of several clients in one thread: what one of them cancels is its own. */
import { build } from 'esbuild';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScalingWorker } from '../../../simulator/engine/scalingWorker';
import { FailureError } from '../../../simulator/model/failure';
import { USUAL_PRICES } from '../../../simulator/scaling/prices';
import { optionsOf } from '../../../simulator/scaling/request';
import type { Job } from '../../../simulator/scaling/workerJobs';
import { fanOut, graphOf } from '../scaling/build';

const CONTEXT = { prices: USUAL_PRICES, captured: null, backChecks: [] };
const CANCELLED = new FailureError({ code: 'cancelled' });
const dir = mkdtempSync(path.join(tmpdir(), 'heliostat-worker-'));
const workerFile = path.join(dir, 'scaling.js');

beforeAll(async () => {
  await build({
    entryPoints: ['simulator/scaling/worker.ts'],
    outfile: workerFile,
    bundle: true,
    platform: 'node',
    logLevel: 'error',
  });
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

function about(key: string): Pick<Job, 'key' | 'graph' | 'options'> {
  const graph = graphOf(fanOut(20));
  return { key, graph, options: optionsOf(graph, { nodes: [1, 2] }, CONTEXT) };
}

const predict = (key: string): Job => ({ kind: 'predict', ...about(key) });
const whatIf = (key: string): Job => ({ kind: 'whatIf', ...about(key), change: { gbit: 1 } });
const withPoints = { points: [{ nodes: 1 }, { nodes: 2 }] };

describe('the prediction thread', () => {
  it('ends the job of the client that cancels it, and answers the others', async () => {
    const worker = new ScalingWorker(workerFile);
    const [tab, terminal] = [{}, {}];
    const before = worker.run(predict('run'), tab);
    await expect(before).resolves.toMatchObject(withPoints);
    const underWay = worker.run(predict('other'), terminal);
    const waiting = worker.run(whatIf('run'), tab);
    const alsoTheirs = worker.run(whatIf('other'), terminal);
    worker.cancel(terminal);
    await expect(underWay).rejects.toThrow(CANCELLED);
    await expect(alsoTheirs).rejects.toThrow(CANCELLED);
    await expect(waiting).resolves.toMatchObject(withPoints);
  });

  it('goes on with what is under way where another client cancels what waits', async () => {
    const worker = new ScalingWorker(workerFile);
    const [tab, terminal] = [{}, {}];
    const done: number[] = [];
    const underWay = worker.run(predict('run'), tab, (count) => done.push(count));
    const waiting = worker.run(predict('run'), terminal);
    const ofNobody = worker.run(predict('check'), null);
    worker.cancel(terminal);
    await expect(waiting).rejects.toThrow(CANCELLED);
    await expect(underWay).resolves.toMatchObject(withPoints);
    await expect(ofNobody).resolves.toMatchObject(withPoints);
    expect(done).toEqual([1, 2]);
  });

  it('has the graph of a question whose prediction was ended with the thread', async () => {
    const worker = new ScalingWorker(workerFile);
    const [tab, terminal] = [{}, {}];
    const underWay = worker.run(predict('run'), terminal);
    const waiting = worker.run(whatIf('run'), tab);
    worker.cancel(terminal);
    await expect(underWay).rejects.toThrow(CANCELLED);
    await expect(waiting).resolves.toMatchObject(withPoints);
  });

  it('answers what waits after a job that the thread died of', async () => {
    const dying = path.join(dir, 'dying.js');
    writeFileSync(
      dying,
      `const { parentPort } = require('node:worker_threads');
       parentPort.on('message', ({ id, job }) => {
         if (job.key === 'bad') throw new Error('It fell over.');
         parentPort.postMessage({ id, result: job.key });
       });`,
    );
    const worker = new ScalingWorker(dying);
    const bad = worker.run(predict('bad'), null);
    const good = worker.run(predict('good'), null);
    await expect(bad).rejects.toThrow('It fell over.');
    await expect(good).resolves.toBe('good');
  });
});
