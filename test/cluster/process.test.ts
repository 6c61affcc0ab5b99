import { readdirSync, readFileSync } from 'node:fs';
import { clusterProcesses } from '../../simulator/cluster/nodeProcesses';
import { ProcessBackend } from '../../simulator/cluster/processBackend';
import { describeBackend } from './contract';

const python = process.env['HELIOSTAT_TEST_PYTHON'] ?? '/tmp/rayenv/bin/python';

describeBackend({
  name: 'process',
  kind: 'process',
  make: (clusters) => new ProcessBackend(clusters),
  spec: (groups) => ({ backend: 'process', groups, python, mounts: [], recording: true }),
  killNode: async (clusters, id, index) => {
    const raylet = (await clusterProcesses(clusters, id)).find(
      (one) => one.node === index && one.name === 'raylet',
    );
    process.kill(raylet!.pid, 'SIGKILL');
  },
  leftovers: (clusters) => Promise.resolve(mentioning(clusters)),
});

/** Processes whose command line or environment, read as plain text, holds the directory. */
function mentioning(dir: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        const hasIt = command.includes(dir) || readFileSync(`/proc/${pid}/environ`, 'utf8').includes(dir);
        return hasIt ? [`${pid} ${command.replaceAll('\0', ' ').slice(0, 120)}`] : [];
      } catch {
        return [];
      }
    });
}
