/** The interpreter that an environment is made from. */
import type { Context } from '../base/context';
import type { Inspection, Inspector } from './inspector';
import { onPath, pyenvPythons } from './locations';
import { allowsPython, compareVersions, minorOf, OLDEST_PYTHON } from '../base/pythonVersion';

export interface BaseRequest {
  scriptDir: string;
  requiresPython?: string;
  env: NodeJS.ProcessEnv;
  /** Whether it must bring `venv` itself. */
  needsVenv: boolean;
}

/**
 * Best first. From 3.12 on a debugger costs nothing until a breakpoint is hit; the newest Python comes after these,
 * since packages take a while to be built for it.
 */
const MINORS = ['3.13', '3.12', '3.14', '3.11', '3.10', '3.9'];

/** The best interpreter here that can make an environment for the script, or all that was tried and why it was not. */
export async function findBasePython(
  ctx: Context,
  request: BaseRequest,
  inspector: Inspector,
): Promise<Inspection | { tried: string[] }> {
  const tried: string[] = [];
  for (const executable of await candidates(request.env)) {
    const asked = { executable, dependencies: [], cwd: request.scriptDir, env: request.env };
    const inspected = await inspector.inspect(ctx, asked);
    const reason = 'unusable' in inspected ? lastLine(inspected.unusable) : whyNot(inspected, request);
    if (reason === null && !('unusable' in inspected)) return inspected;
    tried.push(`${executable} (${reason})`);
  }
  return {
    tried:
      tried.length > 0
        ? tried
        : [`python3 and ${MINORS.map((minor) => `python${minor}`).join(', ')} on the PATH`],
  };
}

function whyNot({ version, canMakeEnvironments }: Inspection, request: BaseRequest): string | null {
  if (!allowsPython(request.requiresPython, version)) {
    return `${version}, but the script asks for ${request.requiresPython}`;
  }
  if (compareVersions(version, OLDEST_PYTHON) < 0) return `${version}, but Ray needs ${OLDEST_PYTHON}`;
  return request.needsVenv && !canMakeEnvironments ? 'without venv: install python3-venv' : null;
}

async function candidates(env: NodeJS.ProcessEnv): Promise<string[]> {
  const fromPyenv = await pyenvPythons(env);
  const byMinor = await Promise.all(
    MINORS.map(async (minor) => [
      await onPath(`python${minor}`, env),
      ...fromPyenv.filter(({ version }) => minorOf(version) === minor).map(({ executable }) => executable),
    ]),
  );
  const plain = [await onPath('python3', env), await onPath('python', env)];
  const all = [...byMinor.flat(), ...plain].filter((executable) => executable !== null);
  return [...new Set(all)];
}

function lastLine(text: string): string {
  return text.split('\n').at(-1) ?? '';
}
