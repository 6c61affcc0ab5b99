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
  const isOurs = annotation?.isOurs === true;
  const diagnostics = [...blockDiagnostics, ...(annotation?.diagnostics ?? [])];
  const found: ScriptCheck = {
    spec: annotation?.spec ?? { nodes: [] },
    diagnostics,
    entryPoint: null,
    usesRay: isOurs,
  };
  // Most Python files have nothing to do with Ray, and parsing is what costs.
  if (isOurs || lines.text.includes('ray')) {
    const source = parsePython(lines.text);
    const names = rayNames(source);
    found.usesRay ||= names.firstImport !== null;
    if (found.usesRay) found.entryPoint = findEntryPoint(lines, source, names, block);
    // A block that could not be found may have asked for any cluster.
    const requests = names.firstImport && blockDiagnostics.length === 0 ? readRequests(source, names) : [];
    diagnostics.push(...checkFeasibility(requests, { lines, block, annotation, hostCpus: options.hostCpus }));
  }
  diagnostics.sort(byPlace);
  return found;
}

function byPlace({ range: a }: ScriptDiagnostic, { range: b }: ScriptDiagnostic): number {
  return a.startLine - b.startLine || a.startColumn - b.startColumn;
}
