/** What the kernel has for networks that are slower than they are, tried in a network namespace of its own. */
import path from 'node:path';
import type { DoctorCheck } from '../model/doctor';
import type { Patient } from './doctor';
import { ask } from './tools';

const USES: Readonly<Record<string, string>> = { tbf: 'bandwidth', netem: 'latency' };

export async function networkChecks({ env, probeDir }: Patient): Promise<DoctorCheck[]> {
  if (process.platform !== 'linux') {
    const found = "shown when a cluster asks for it: the kernel is that of Docker's machine";
    return [{ area: 'network', name: 'Queues', state: 'info', found }];
  }
  const probe = path.join(probeDir, 'heliostat_network.py');
  const rights = process.getuid?.() === 0 ? '-n' : '-rn';
  const printed = await ask(env, 'unshare', rights, 'python3', probe, 'try');
  if (printed === null) {
    const found = 'not known: trying needs `unshare` and a python3 that may use it';
    return [{ area: 'network', name: 'Queues', state: 'info', found }];
  }
  return Object.entries(USES).map(([kind, use]): DoctorCheck => {
    const has = printed.includes(`heliostat:has:${kind}`);
    return {
      area: 'network',
      name: `sch_${kind}`,
      state: has ? 'good' : 'lacking',
      found: has
        ? `the kernel has it: \`${use}\` of \`network\` works`
        : `the kernel lacks it: \`${use}\` of \`network\` is refused`,
      ...(has ? {} : { fix: `sudo modprobe sch_${kind}` }),
    };
  });
}
