/** Debugging tasks in containers: they reach the hub, and paths mean the same on both sides. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DebugClient } from './debugClient';
import { lineOf } from './debugSamples';
import { SMALL_NODE, TEST_IMAGE, whyNoDocker } from './dockerRig';
import { Heliostat } from './heliostat';

const reason = await whyNoDocker();

describe.skipIf(reason !== null)('debugging a cluster of containers', () => {
  let heliostat: Heliostat;
  let client: DebugClient;
  let folder: string;
  beforeAll(() => {
    heliostat = new Heliostat();
    folder = mkdtempSync(path.join(tmpdir(), 'heliostat-debug-'));
    cpSync('test/samples/debug', folder, { recursive: true });
  });
  afterAll(async () => {
    await client.end();
    await heliostat.end();
    rmSync(folder, { recursive: true, force: true });
  });

  it('stops on both nodes in a file that lies elsewhere there, and shows files that are only there', async () => {
    const module = path.join(folder, 'lib/doubling.py');
    client = new DebugClient(heliostat.env);
    await client.begin(
      'launch',
      {
        program: path.join(folder, 'elsewhere.py'),
        backend: 'docker',
        image: TEST_IMAGE,
        nodes: [{ ...SMALL_NODE, count: 2 }],
        justMyCode: false,
        pathMappings: [{ localRoot: path.join(folder, 'lib'), remoteRoot: '/tmp/elsewhere' }],
      },
      { [module]: [{ line: lineOf(module, 'return twice') }] },
    );
    // Each task holds its node's only CPU while it is stopped.
    const stops = [await client.stopped(), await client.stopped()];
    const nodes = (await client.threadNames()).flatMap(
      (name) => /^away\(\d\) · (node \d)/.exec(name)?.[1] ?? [],
    );
    expect(nodes.sort()).toEqual(['node 1', 'node 2']);
    const values: string[] = [];
    for (const { threadId } of stops) {
      const stack = await client.stack(threadId);
      expect(stack[0]).toMatchObject({ name: 'double', source: { path: module, sourceReference: 0 } });
      expect(stack[1]).toMatchObject({ name: 'away', source: { path: path.join(folder, 'elsewhere.py') } });
      values.push((await client.locals(stack[0]!.id)).get('twice')!.value);
      const { source } = stack.at(-1)!;
      expect(source!.path).toMatch(/^\/opt\/ray\/.*\/default_worker\.py$/);
      const { content } = await client.request<DebugProtocol.SourceResponse['body']>('source', {
        source,
        sourceReference: source!.sourceReference,
      });
      expect(content).toContain('worker.main_loop()');
    }
    expect(values.sort()).toEqual(['2', '4']);
    expect(await client.request('heliostat/continueAll')).toEqual({ continued: 2 });
    expect(await client.event('exited')).toEqual({ exitCode: 0 });
    expect(client.printed()).toContain('away [2, 4]');
    expect(client.printed()).not.toContain('unable to find translation');
  });
});
