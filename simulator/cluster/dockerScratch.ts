import { DockerBackend } from './dockerBackend';
import { clusterFiles, createClusterFiles, newClusterId, writePlan } from './clusterFiles';
import { planNodes } from './nodePlan';
import { silentLog, sleep } from '../base/context';
import { mkdirSync } from 'node:fs';
const clusters = '/tmp/hsdk';
async function main() {
  mkdirSync('/tmp/dkd/ws', { recursive: true });
  mkdirSync('/tmp/dkd/probe', { recursive: true });
  const b = new DockerBackend({ clusters });
  console.log(await b.info());
  const id = newClusterId(clusters);
  const files = clusterFiles(clusters, id);
  createClusterFiles(files, '/tmp/dkd/probe');
  const nodes = planNodes([{ count: 3, cpus: 1, memoryBytes: 1.5 * 2 ** 30 }], {
    cpus: 2,
    memoryBytes: 20 * 2 ** 30,
    shmBytes: Infinity,
    gpus: 0,
  });
  const plan = {
    id,
    name: 'x',
    spec: {
      backend: 'docker' as const,
      groups: [],
      image: 'heliostat-test:ray2.60.0-py311',
      mounts: ['/tmp/dkd/ws'],
      recording: false,
    },
    nodes,
    createdMs: Date.now(),
    idleMinutes: 0,
    origin: null,
  };
  writePlan(files, plan);
  const t0 = performance.now();
  const at = () => ((performance.now() - t0) / 1000).toFixed(2);
  const ctx = {
    log: { ...silentLog, warn: (m: string) => console.log(at(), m) },
    signal: new AbortController().signal,
    step: (s: string) => console.log(at(), s),
  };
  try {
    await b.start(ctx, plan, files);
    console.log(at(), 'ready');
    console.log(await b.endpoint(plan, files).then((e) => e?.address));
    for (let i = 0; i < 4; i++) {
      const s = performance.now();
      console.log(JSON.stringify(await b.nodes(plan, files)), performance.now() - s);
      await sleep(500);
    }
    const ac = new AbortController();
    setTimeout(() => ac.abort(), 1500);
    let n = 0;
    for await (const c of b.tailHeadLog(files, plan, 'gcs_server.out', 0, ac.signal)) n += c.length;
    console.log(at(), 'tail bytes', n);
    const e = await (
      await import('node:child_process')
    )
      .execSync(
        `docker exec heliostat-${id}-head sh -c 'for p in /proc/[0-9]*; do tr "\\0" " " <$p/cmdline; echo; done' | grep -c tail || true`,
      )
      .toString();
    console.log('tails left', e);
  } catch (e) {
    console.log('FAILED', JSON.stringify((e as any).failure ?? String((e as any).stack), null, 1));
  }
  if (process.env['KEEP']) return console.log(id);
  const s = performance.now();
  await b.remove(ctx, id);
  console.log('removed', performance.now() - s, await b.found());
}
void main();
