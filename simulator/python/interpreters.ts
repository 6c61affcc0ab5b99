/** Which Python a script runs with: the selected one, else one that is here already, else one that we make. */
import type { Context } from '../base/context';
import { fail } from '../model/failure';
import type { ExpectedVersions } from '../model/cluster';
import type { Failure } from '../model/failure';
import type { Inspected, Inspection, Inspector } from './inspector';
import { interpreterIn, isExecutable, nearestEnvironment, onPath, selectedPython } from './locations';
import type { ManagedEnvironments } from './managedEnvironment';
import { allowsPython, compareVersions, OLDEST_RAY } from '../base/pythonVersion';

export interface PythonRequest {
  /** What the user selected: an interpreter, a virtual environment's folder or a name on the PATH. Nothing else is tried. */
  selected?: string;
  /** Absolute path of the script's folder. */
  scriptDir: string;
  requiresPython?: string;
  dependencies: string[];
  /** The environment in which the cluster's nodes will start. */
  env: NodeJS.ProcessEnv;
}

export interface FoundPython {
  /** Absolute path. */
  executable: string;
  /** `3.12.1` */
  version: string;
  rayVersion: string;
  /** Null when debugpy is not installed. */
  debugpyVersion: string | null;
  /** Whether it is an environment that we made. */
  managed: boolean;
}

export interface PythonTools {
  inspector: Inspector;
  environments: ManagedEnvironments;
}

/**
 * The first Python that runs, that the script allows, and that has Ray (2.49 or newer, with its dashboard) and the
 * script's dependencies; an environment is made where there is none. A selected Python that is not like that is a
 * failure that says why. Costs a few stats when asked again and nothing has changed.
 */
export async function findPython(
  ctx: Context,
  request: PythonRequest,
  tools: PythonTools,
): Promise<FoundPython> {
  if (request.selected !== undefined) {
    const executable = await selectedPython(request.selected, request.env);
    const judged = await judge(ctx, executable, request, tools.inspector);
    return 'reason' in judged ? fail(judged.reason) : judged;
  }
  for (const find of PLACES) {
    const executable = await find(request);
    if (executable === null) continue;
    const judged = await judge(ctx, executable, request, tools.inspector);
    if (!('reason' in judged)) return judged;
    ctx.log.info(`${executable} is not used: ${JSON.stringify(judged.reason)}`);
  }
  const made = await tools.environments.provide(ctx, request);
  return found(made, true) ?? fail(withoutRay(made));
}

/**
 * Which Ray and Python the script's environment has: that of the selected Python, else of the first that could run the
 * script. Null where none has Ray. Makes no environment.
 */
export async function environmentVersions(
  ctx: Context,
  request: PythonRequest,
  { inspector }: PythonTools,
): Promise<ExpectedVersions | null> {
  const { selected, env, scriptDir: cwd, requiresPython } = request;
  // Whatever else the script needs, the image has to have.
  const dependencies = request.dependencies.filter((one) => /^ray\b/.test(one));
  const candidates =
    selected === undefined ? PLACES.map((find) => find(request)) : [selectedPython(selected, env)];
  for (const candidate of candidates) {
    const executable = await candidate;
    if (executable === null || !(await isExecutable(executable))) continue;
    const inspected = await inspector.inspect(ctx, { executable, dependencies, cwd, env });
    if ('unusable' in inspected || inspected.rayVersion === null) continue;
    const isOther = inspected.unsatisfied.length > 0 || !allowsPython(requiresPython, inspected.version);
    if (!isOther)
      return { ray: inspected.rayVersion, python: inspected.version, where: inspected.executable };
  }
  return null;
}

const PLACES: ((request: PythonRequest) => Promise<string | null>)[] = [
  activeEnvironment,
  ({ scriptDir, env }) => nearestEnvironment(scriptDir, env),
  ({ env }) => onPath('python3', env),
  ({ env }) => onPath('python', env),
];

async function activeEnvironment({ env }: PythonRequest): Promise<string | null> {
  const folder = env['VIRTUAL_ENV'];
  return folder ? interpreterIn(folder) : null;
}

async function judge(
  ctx: Context,
  executable: string,
  request: PythonRequest,
  inspector: Inspector,
): Promise<FoundPython | { reason: Failure }> {
  const { scriptDir: cwd, dependencies, env } = request;
  const inspected: Inspected = (await isExecutable(executable))
    ? await inspector.inspect(ctx, { executable, dependencies, cwd, env })
    : { unusable: 'There is no such program.' };
  if ('unusable' in inspected) {
    return { reason: { code: 'python-unusable', executable, detail: inspected.unusable } };
  }
  const reason = shortcoming(inspected, request);
  return reason ? { reason } : (found(inspected, false) ?? { reason: withoutRay(inspected) });
}

/** Why this interpreter cannot run the script, worst first; null when it can. */
function shortcoming(inspection: Inspection, { requiresPython }: PythonRequest): Failure | null {
  const { executable, version, rayVersion, rayHasDashboard, unsatisfied } = inspection;
  if (!allowsPython(requiresPython, version)) {
    return { code: 'python-version', executable, version, required: requiresPython ?? '' };
  }
  if (rayVersion === null) return withoutRay(inspection);
  if (compareVersions(rayVersion, OLDEST_RAY) < 0) {
    return { code: 'ray-too-old', version: rayVersion, oldest: OLDEST_RAY, where: executable };
  }
  const missing = rayHasDashboard ? unsatisfied : ['ray[default]', ...unsatisfied];
  return missing.length > 0 ? { code: 'python-missing-packages', executable, missing } : null;
}

function withoutRay({ executable, version }: Inspection): Failure {
  return { code: 'python-without-ray', executable, version };
}

function found(inspection: Inspection, managed: boolean): FoundPython | null {
  const { executable, version, rayVersion, debugpyVersion } = inspection;
  return rayVersion === null ? null : { executable, version, rayVersion, debugpyVersion, managed };
}
