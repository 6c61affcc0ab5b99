/** One cluster after the other, started and stopped by the command line, and what is left on the machine afterwards. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { ClusterInfo } from '../../../simulator/model/cluster';
import { readEngineFile } from '../../../simulator/base/engineFile';
import { until, type Ended, type Heliostat } from '../../cluster/heliostat';

export interface StartsInARow {
  upMs: number[];
  downMs: number[];
  /** Processes, directories, ports and open files of the engine that were not there before, in words. */
  left: string[];
}

/** Open files of the engine vary by few, as connections come and go. */
const SPARE_FILES = 4;

export async function startsInARow(
  heliostat: Heliostat,
  count: number,
  upArgs: readonly string[],
): Promise<StartsInARow> {
  const result: StartsInARow = { upMs: [], downMs: [], left: [] };
  await must(heliostat.run(['runs']));
  let filesBefore = 0;
  for (let round = 0; round < count; round++) {
    const fromMs = performance.now();
    const { stdout } = await must(heliostat.run(['up', '--json', ...upArgs]));
    result.upMs.push(performance.now() - fromMs);
    const ports = listening(heliostat.markedProcesses());
    const downMs = performance.now();
    await must(heliostat.run(['down', (JSON.parse(stdout) as ClusterInfo).id]));
    result.downMs.push(performance.now() - downMs);
    const left = await leftovers(heliostat, ports);
    result.left.push(...left.map((what) => `after start ${round + 1}: ${what}`));
    if (round === 0) filesBefore = engineFiles(heliostat);
  }
  const grown = () => engineFiles(heliostat) - filesBefore;
  await until('the engine has closed what it opened', () => grown() <= SPARE_FILES, 10_000).catch(() => {
    result.left.push(`${grown()} open files of the engine more than after the first start`);
  });
  return result;
}

async function leftovers(heliostat: Heliostat, ports: ReadonlySet<number>): Promise<string[]> {
  const left = [
    ...heliostat.markedProcesses().map((pid) => `process ${pid}`),
    ...heliostat.clusterDirs().map((dir) => `directory ${dir}`),
  ];
  // A process that ends loses its name before its sockets.
  const open = () => {
    const still = listening(null);
    return [...ports].filter((port) => still.has(port));
  };
  await until('its ports are closed', () => open().length === 0, 2000).catch(() => {});
  return [...left, ...open().map((port) => `port ${port}`)];
}

async function must(command: Promise<Ended>): Promise<Ended> {
  const ended = await command;
  if (ended.code !== 0) throw new Error(ended.stderr);
  return ended;
}

function engineFiles(heliostat: Heliostat): number {
  return readdirSync(`/proc/${readEngineFile(heliostat.paths.engineFile)!.pid}/fd`).length;
}

const LISTEN = '0A';

/** Ports that these processes listen on; all of the machine's with null. */
function listening(pids: readonly number[] | null): Set<number> {
  const sockets = pids === null ? null : new Set(pids.flatMap(socketsOf));
  const ports = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    readFileSync(file, 'latin1')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[3] === LISTEN && (sockets === null || sockets.has(columns[9]!)))
      .map((columns) => Number.parseInt(columns[1]!.split(':')[1]!, 16)),
  );
  return new Set(ports);
}

/** Inodes of the sockets that a process holds; none of one that has ended. */
function socketsOf(pid: number): string[] {
  try {
    const dir = `/proc/${pid}/fd`;
    return readdirSync(dir).flatMap(
      (fd) => /^socket:\[(\d+)\]$/.exec(readlinkSync(`${dir}/${fd}`))?.[1] ?? [],
    );
  } catch {
    return [];
  }
}
