/** Issue: 20 nodes start on a machine of two cores, and a job of 200 tasks finishes there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RunSummary } from '../../simulator/cli/summary';
import { Heliostat, PYTHON } from '../cluster/heliostat';
import { shownMs, type Bench } from './harness';

const NODES = 20;
const TASKS = 200;

export const bench: Bench = {
  about: `${NODES} process nodes started and ${TASKS} tasks run there by one command, and what is left after \`down\``,
  async run(say) {
    const work = mkdtempSync(path.join(tmpdir(), 'hsmany-'));
    const heliostat = new Heliostat();
    try {
      const script = path.join(work, 'squares.py');
      writeFileSync(script, squaresOn(NODES));
      say('starting');
      const fromMs = performance.now();
      const { code, stdout, stderr } = await heliostat.run(['run', script, '--python', PYTHON, '--json']);
      const wallMs = performance.now() - fromMs;
      if (code !== 0 || !stderr.includes('sum 2646700')) throw new Error(stderr);
      const { nodes, functions, lost } = JSON.parse(stdout) as RunSummary;
      const ran = functions.find(({ name }) => name === 'square')?.count ?? 0;
      say('ending them');
      const downMs = performance.now();
      await heliostat.run(['down', '--force']);
      const tookMs = performance.now() - downMs;
      const left = [...heliostat.markedProcesses(), ...heliostat.clusterDirs(), ...lost];
      return [
        {
          what: 'nodes',
          ours: String(nodes.length),
          peer: '',
          value: nodes.length,
          target: { atLeast: NODES },
        },
        { what: 'tasks that ran', ours: String(ran), peer: '', value: ran, target: { atLeast: TASKS } },
        {
          what: 'left behind',
          ours: `${left.length} things`,
          peer: '',
          value: left.length,
          target: { atMost: 0 },
        },
        { what: 'from the command to its end', ours: shownMs([wallMs]), peer: '', value: wallMs },
        { what: 'down', ours: shownMs([tookMs]), peer: '', value: tookMs },
      ];
    } finally {
      await heliostat.end();
      rmSync(work, { recursive: true, force: true });
    }
  },
};

function squaresOn(nodes: number): string {
  return `# /// script
# [[tool.heliostat.nodes]]
# count = ${nodes}
# cpus = 1
# memory = "512MiB"
# ///
import ray

ray.init()


@ray.remote(scheduling_strategy="SPREAD")
def square(number):
    return number * number


print("sum", sum(ray.get([square.remote(number) for number in range(${TASKS})])))
`;
}
