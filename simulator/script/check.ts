/** The one way into this folder: reads a script and says what it asks for and what is wrong with it. Runs nothing. */
import type { ScriptCheck, ScriptDiagnostic } from '../model/script';
import { readAnnotation } from './annotation';
import { findEntryPoint } from './entryPoint';
import { checkFeasibility } from './feasibility';
import { findMetadata } from './metadata';
import { parsePython } from './python';
import { rayNames } from './rayNames';
import { readRequests } from './rayRequests';
import { TextLines } from './textLines';

/**
 * Pure, and does not throw on any text. `hostCpus` is the number of CPUs that nodes share when they name none.
 * Diagnostics come in the order of the file; ranges count without a byte order mark, as editors do.
 */
export function checkScript(text: string, options: { hostCpus: number }): ScriptCheck {
  const lines = new TextLines(text.startsWith('\ufeff') ? text.slice(1) : text);
  const { block, diagnostics: blockDiagnostics } = findMetadata(lines);
  const annotation = block && readAnnotation(block);
  const source = parsePython(lines.text);
  const names = rayNames(source);
  const usesRay = names.firstImport !== null || annotation?.isOurs === true;
  // A block that could not be found may have asked for any cluster.
  const requests = names.firstImport && blockDiagnostics.length === 0 ? readRequests(source, names) : [];
  const diagnostics = [
    ...blockDiagnostics,
    ...(annotation?.diagnostics ?? []),
    ...checkFeasibility(requests, { lines, block, annotation, hostCpus: options.hostCpus }),
  ];
  return {
    spec: annotation?.spec ?? { nodes: [] },
    diagnostics: diagnostics.sort(byPlace),
    entryPoint: usesRay ? findEntryPoint(lines, source, names, block) : null,
    usesRay,
  };
}

function byPlace({ range: a }: ScriptDiagnostic, { range: b }: ScriptDiagnostic): number {
  return a.startLine - b.startLine || a.startColumn - b.startColumn;
}
