/** Issue: one more node for a cluster that is up, against the same by hand. */
import type { ClusterInfo } from '../../simulator/model/cluster';
import { Heliostat, PYTHON } from '../cluster/heliostat';
import { ContainersByHand, IMAGE, ProcessesByHand, type ByHand } from './clusters/byHand';
import { against, interleaved, timed, type Bench, type Row } from './harness';

const ROUNDS = 3;
const AT_MOST = 1.2;

export const bench: Bench = {
  about: '`heliostat scale` by one node until Ray knows it, against `ray start --address` until then',
  async run(say) {
    say('process nodes');
    const process = await added(new ProcessesByHand(), ['--backend', 'process', '--python', PYTHON]);
    say('Docker nodes');
    const docker = await added(new ContainersByHand(), ['--backend', 'docker', '--image', IMAGE]);
    return [row('a process', process, '`ray start --address`'), row('a container', docker, '`docker run`')];
  },
};

type Times = Record<'ours' | 'byHand', number[]>;

async function added(hand: ByHand, upArgs: string[]): Promise<Times> {
  const heliostat = new Heliostat();
  const cli = (...words: string[]) =>
    timed(process.execPath, ['dist/cli.js', ...words], { env: heliostat.env });
  try {
    const up = await cli('up', '--json', '--nodes', '1', '--cpus', '1', ...upArgs);
    const group = (JSON.parse(up.stdout) as ClusterInfo).nodes[0]!.group!;
    await hand.startHead();
    return await interleaved(ROUNDS, {
      ours: async () => {
        const { wallMs } = await cli('scale', group, '2');
        await cli('scale', group, '1');
        return wallMs;
      },
      byHand: async () => {
        const wallMs = await hand.startWorkers(1);
        await hand.dropWorker();
        return wallMs;
      },
    });
  } finally {
    await hand.end();
    await heliostat.end();
  }
}

function row(what: string, { ours, byHand }: Times, peer: string): Row {
  return against(`one more node, ${what}`, ours, peer, byHand, AT_MOST);
}
