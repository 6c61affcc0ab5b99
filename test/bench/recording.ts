/** Issue: what recording costs a job's own wall time, on 10,000 tasks that do nothing, and CPU a submission. */
import path from 'node:path';
import { Heliostat } from '../cluster/heliostat';
import { lastJson } from '../cluster/rayByHand';
import { against, interleaved, type Bench, type Row } from './harness';
import { printedBy, printedMs, upOneNode } from './jobs/oneNode';

const ROUNDS = Number(process.env['HELIOSTAT_BENCH_ROUNDS'] ?? 7);
const SCRIPT = path.resolve('test/samples/bench/noops.py');
const SUBMISSIONS = path.resolve('test/samples/bench/submissions.py');
const MOST_US = 10;

export const bench: Bench = {
  about: '10,000 no-op tasks in one job with recording on and off, two clusters of one node in turn',
  async run(say) {
    const heliostat = new Heliostat();
    try {
      say('starting two clusters');
      const recorded = await upOneNode(heliostat);
      const bare = await upOneNode(heliostat, ['--no-recording']);
      say('measuring');
      const { on, off } = await interleaved(ROUNDS, {
        on: () => wallMs(heliostat, recorded.id),
        off: () => wallMs(heliostat, bare.id),
      });
      return [
        against('job with recording', on, 'without', off, 1.03),
        ...(await submissions(heliostat, recorded.id)),
      ];
    } finally {
      await heliostat.end();
    }
  },
};

async function wallMs(heliostat: Heliostat, cluster: string): Promise<number> {
  return printedMs(await printedBy(heliostat, cluster, SCRIPT));
}

/** `median`: of the submitting thread; `flusher`: of the probe's thread, the mean; `bare`: Ray's own. Microseconds. */
type Measured = Record<string, { flusher: number; median: number; bare: number }>;

/** CPU time with the probe less CPU time without it, in one process, by turns. */
async function submissions(heliostat: Heliostat, cluster: string): Promise<Row[]> {
  const stdout = await printedBy(heliostat, cluster, SUBMISSIONS);
  return Object.entries(lastJson(stdout) as Measured).map(([what, { median: own, flusher, bare }]) => ({
    what: `CPU to submit ${what}`,
    ours: `${own.toFixed(1)} µs, and ${flusher.toFixed(1)} µs to write it`,
    peer: `Ray alone ${bare.toFixed(1)} µs`,
    value: own + flusher,
    target: { atMost: MOST_US },
  }));
}
