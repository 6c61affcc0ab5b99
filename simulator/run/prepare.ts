/** From a request to what can be launched: reads the script, judges its annotation, fills defaults in. Runs nothing. */
import { readFile, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fail } from '../model/failure';
import type { RunInfo, RunRequest } from '../model/run';
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

/**
 * For a run that is under way: what it was started with counts, whatever became of its script meanwhile. The script is
 * read for what is not on record and only matters when the run had not been launched yet. Never fails.
 */
export async function prepareAgain(info: RunInfo): Promise<PreparedScript> {
  const text = await readFile(info.script, 'utf8').catch(() => '');
  const { spec } = checkScript(text, { hostCpus: os.availableParallelism() });
  const { script, workingDir } = info;
  return { script, workingDir, args: info.args, env: spec.env ?? {}, spec, notices: [] };
}
