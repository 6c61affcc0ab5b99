/** Looks at everything that clusters can use here. Changes nothing, and never fails: what cannot be read is said. */
import type { Log } from '../base/context';
import { VERSION } from '../base/version';
import type { DoctorCheck, DoctorReport } from '../model/doctor';
import { toFailure } from '../model/failure';
import { failureMessage } from '../model/failureWords';
import type { PythonTools } from '../python/interpreters';
import { dockerChecks } from './dockerChecks';
import { gpuChecks } from './gpuChecks';
import { machineChecks } from './machineChecks';
import { networkChecks } from './networkChecks';
import { pythonChecks } from './pythonChecks';

export interface Patient {
  /** In which programs are looked for. */
  env: NodeJS.ProcessEnv;
  /** Where a script would lie: a `.venv` above it counts. */
  folder: string;
  tools: PythonTools;
  /** Where `heliostat_network.py` lies. */
  probeDir: string;
  log: Log;
}

export async function examine(patient: Patient): Promise<DoctorReport> {
  const parts: [DoctorCheck['area'], Promise<DoctorCheck[]>][] = [
    ['machine', machineChecks()],
    ['python', pythonChecks(patient)],
    ['docker', dockerChecks(patient)],
    ['gpu', gpuChecks(patient)],
    ['network', networkChecks(patient)],
  ];
  const checks = await Promise.all(
    parts.map(([area, part]) =>
      part.catch((thrown: unknown): DoctorCheck[] => [
        { area, name: 'Examination', state: 'lacking', found: failureMessage(toFailure(thrown)) },
      ]),
    ),
  );
  return { version: VERSION, checks: checks.flat() };
}
