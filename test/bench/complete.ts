/** Issue: 200,000 tasks in one job arrive complete, twice what Ray keeps by itself. */
import path from 'node:path';
import { sleep } from '../../simulator/base/context';
import { timed, type Bench } from './harness';
import { onOneNode } from './jobs/oneNode';

const TASKS = Number(process.env['HELIOSTAT_BENCH_TASKS'] ?? 200_000);
const LOOKS = 60;
const SCRIPT = path.resolve('test/samples/bench/many.py');

interface Told {
  tasks: unknown[];
  lost: { tasks: number; ended: number; countedByRay: number | null; lost: number };
}

export const bench: Bench = {
  about: `${TASKS.toLocaleString('en')} no-op tasks in one job on a cluster of one node: what the trace has of them`,
  run: (say) =>
    onOneNode(say, async (heliostat, id) => {
      say('running');
      const cli = (...args: string[]) =>
        timed(process.execPath, ['dist/cli.js', ...args], { env: heliostat.env });
      const { wallMs } = await cli('run', SCRIPT, '--cluster', id, '--', String(TASKS));
      const [run] = JSON.parse((await cli('runs', '--json')).stdout) as { id: string }[];
      const told = async () => JSON.parse((await cli('trace', run!.id, '--json')).stdout) as Told;
      let { tasks, lost } = await told();
      // Ray is asked after the run's end, and its processes tell it once a second.
      for (let look = 0; look < LOOKS && lost.countedByRay === null; look++) {
        await sleep(1000);
        ({ tasks, lost } = await told());
      }
      const exactly = (what: string, count: number) => ({
        ...{ what, ours: count.toLocaleString('en'), peer: '' },
        ...{ value: Math.abs(count - TASKS), target: { atMost: 0 } },
      });
      return [
        exactly('tasks in the trace, without the driver', tasks.length - 1),
        exactly('ended', lost.ended),
        exactly('counted by Ray', lost.countedByRay ?? 0),
        { what: 'lost', ours: String(lost.lost), peer: '', value: lost.lost, target: { atMost: 0 } },
        { what: 'the whole run', ours: `${Math.round(wallMs / 1000)} s`, peer: '', value: wallMs },
      ];
    }),
};
