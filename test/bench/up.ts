/** Issue: a process cluster of one head against a bare `ray start --head`; Docker with three nodes against the same by hand. */
import type { ClusterInfo } from '../../simulator/model/cluster';
import { Heliostat, PYTHON } from '../cluster/heliostat';
import { ContainersByHand, IMAGE, ProcessesByHand } from './clusters/byHand';
import { against, interleaved, timed, type Bench, type Row } from './harness';

const ROUNDS = 3;
const AT_MOST = 1.15;

export const bench: Bench = {
  about: '`heliostat up` until it is ready and `down`, against the same nodes by hand',
  async run(say) {
    const heliostat = new Heliostat();
    try {
      // An engine that is there already, as after the first command of a day.
      await heliostat.run(['runs']);
      say('process clusters');
      const processes = await interleaved(ROUNDS, {
        ours: () => upAndDown(heliostat, ['--backend', 'process', '--nodes', '1', '--python', PYTHON]),
        byHand: async () => {
          const hand = new ProcessesByHand();
          return { upMs: await hand.startHead(), downMs: await hand.end() };
        },
      });
      say('Docker clusters');
      const image = ['--backend', 'docker', '--nodes', '3', '--cpus', '1', '--image', IMAGE];
      const containers = await interleaved(ROUNDS, {
        ours: () => upAndDown(heliostat, image),
        byHand: async () => {
          const hand = new ContainersByHand();
          return { upMs: (await hand.startHead()) + (await hand.startWorkers(2)), downMs: await hand.end() };
        },
      });
      return [
        ...rows('process cluster, 1 head', processes, '`ray start --head`', 'killed'),
        ...rows(
          'Docker cluster, 1 head and 2 workers',
          containers,
          'three `docker run`',
          '`docker rm --force`',
        ),
      ];
    } finally {
      await heliostat.end();
    }
  },
};

interface UpAndDown {
  upMs: number;
  downMs: number;
}

async function upAndDown(heliostat: Heliostat, args: string[]): Promise<UpAndDown> {
  const cli = (...words: string[]) =>
    timed(process.execPath, ['dist/cli.js', ...words], { env: heliostat.env });
  const up = await cli('up', '--json', ...args);
  const down = await cli('down', (JSON.parse(up.stdout) as ClusterInfo).id);
  return { upMs: up.wallMs, downMs: down.wallMs };
}

/** For `down` nobody has set a target. */
function rows(
  what: string,
  { ours, byHand }: { ours: UpAndDown[]; byHand: UpAndDown[] },
  upPeer: string,
  downPeer: string,
): Row[] {
  const up = (all: UpAndDown[]) => all.map(({ upMs }) => upMs);
  const down = (all: UpAndDown[]) => all.map(({ downMs }) => downMs);
  const { target: _, ...told } = against(`${what}: down`, down(ours), downPeer, down(byHand), Infinity);
  return [against(`${what}: up`, up(ours), upPeer, up(byHand), AT_MOST), told];
}
