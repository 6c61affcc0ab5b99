/** From a request to what can be launched: reads the script, judges its annotation, fills defaults in. Runs nothing. */
import { readFile, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fail } from '../model/failure';
import type { RunRequest } from '../model/run';
import type { ScriptSpec } from '../model/script';
import { checkScript } from '../script/check';

export interface PreparedScript {
  script: string;
  workingDir: string;
  args: string[];
  env: Record<string, string>;
  spec: ScriptSpec;
  /** The annotation's warnings, as sentences with their place. */
  notices: string[];
}

/** Fails as `script-not-found`, `script-invalid` or `working-dir-not-found`. */
export async function prepareScript(request: RunRequest): Promise<PreparedScript> {
  const script = path.resolve(request.script);
  const text = await readFile(script, 'utf8').catch(() => fail({ code: 'script-not-found', path: script }));
  const check = checkScript(text, { hostCpus: os.availableParallelism() });
  const errors = check.diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  if (errors.length > 0) fail({ code: 'script-invalid', path: script, diagnostics: errors });
  const workingDir = path.resolve(path.dirname(script), check.spec.workingDir ?? '.');
  const isDir = await stat(workingDir).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isDir) fail({ code: 'working-dir-not-found', path: workingDir });
  return {
    script,
    workingDir,
    args: request.args ?? check.spec.args ?? [],
    env: check.spec.env ?? {},
    spec: check.spec,
    notices: check.diagnostics.map(
      ({ range, message }) => `${script}:${range.startLine + 1}:${range.startColumn + 1}: ${message}`,
    ),
  };
}
