/** Issue: 50 starts and stops in a row leave nothing and do not slow down. */
import { Heliostat, PYTHON } from '../cluster/heliostat';
import { startsInARow } from './clusters/startsInARow';
import { against, shownMs, type Bench } from './harness';

const STARTS = 50;
const FIRST = STARTS / 5;

export const bench: Bench = {
  about: `${STARTS} process clusters of one node, one after the other: the last ten against the first ten`,
  async run(say) {
    const heliostat = new Heliostat();
    try {
      const { upMs, downMs, left } = await startsInARow(heliostat, STARTS, [
        '--nodes',
        '1',
        '--python',
        PYTHON,
      ]);
      for (const what of left) say(what);
      return [
        against('up', upMs.slice(-FIRST), 'at first', upMs.slice(0, FIRST), 1.15),
        against('down', downMs.slice(-FIRST), 'at first', downMs.slice(0, FIRST), 1.15),
        {
          what: 'left behind',
          ours: `${left.length} things`,
          peer: '',
          value: left.length,
          target: { atMost: 0 },
        },
        { what: 'all of them, up', ours: shownMs(upMs), peer: '', value: 0 },
      ];
    } finally {
      await heliostat.end();
    }
  },
};
