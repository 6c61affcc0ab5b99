/** What this machine has for clusters, what it lacks, and the line to type for that. */

export type DoctorArea = 'machine' | 'python' | 'docker' | 'gpu' | 'network';

export interface DoctorCheck {
  area: DoctorArea;
  /** `Docker engine`, `NVIDIA driver`, … */
  name: string;
  /** `lacking` takes something away that a user may want; `info` is neither good nor bad. */
  state: 'good' | 'lacking' | 'info';
  /** What was found, in words. */
  found: string;
  /** What to type in a terminal to mend it. */
  fix?: string;
}

export interface DoctorReport {
  version: string;
  checks: DoctorCheck[];
}

const TITLES: Readonly<Record<DoctorArea, string>> = {
  machine: 'This machine',
  python: 'Python',
  docker: 'Containers',
  gpu: 'GPUs',
  network: 'Slowed networks',
};

const SIGNS: Readonly<Record<DoctorCheck['state'], string>> = { good: '✓', lacking: '✗', info: '·' };

/** The report as lines for people. */
export function doctorLines({ version, checks }: DoctorReport): string[] {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const areas = [...new Set(checks.map(({ area }) => area))];
  return [
    `Heliostat ${version}`,
    ...areas.flatMap((area) => [
      '',
      TITLES[area],
      ...checks.filter((check) => check.area === area).flatMap((check) => lines(check, width)),
    ]),
  ];
}

function lines({ name, state, found, fix }: DoctorCheck, width: number): string[] {
  const margin = ' '.repeat(width + 6);
  return [
    `  ${SIGNS[state]} ${name.padEnd(width)}  ${found}`,
    ...(fix === undefined ? [] : [`${margin}→ ${fix}`]),
  ];
}
