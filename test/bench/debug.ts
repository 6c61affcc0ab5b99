/** Issue: what a debugger costs small tasks that is attached and stops nowhere. */
import path from 'node:path';
import { against, interleaved, type Bench } from './harness';
import { ROUNDS, told, underMs, withoutMs } from './jobs/debugged';
import { onOneNode } from './jobs/oneNode';

const NOOPS = path.resolve('test/samples/bench/noops.py');

export const bench: Bench = {
  about:
    '10,000 small tasks under a debugger and without, on one warm cluster; the Python is that of the tests',
  run: (say) =>
    onOneNode(say, async (heliostat, id) => {
      say('measuring 10,000 no-op tasks');
      const { bare, attached, breakpoint } = await interleaved(ROUNDS, {
        bare: () => withoutMs(heliostat, id, NOOPS),
        attached: () => underMs(heliostat, id, NOOPS, null),
        breakpoint: () => underMs(heliostat, id, NOOPS, 'import ray'),
      });
      return [
        against('10,000 tasks, debugger attached', attached, 'without', bare, 1.1),
        told('10,000 tasks, breakpoint elsewhere in the file', breakpoint, 'without', bare),
      ];
    }),
};
