/** Short ways to write diagnostics and their quick fixes. */
import type { QuickFix, ScriptDiagnostic, TextRange } from '../model/script';

export function problem(
  code: string,
  message: string,
  range: TextRange,
  fixes: QuickFix[] = [],
): ScriptDiagnostic {
  return { code, severity: 'error', message, range, fixes };
}

export function warning(
  code: string,
  message: string,
  range: TextRange,
  fixes: QuickFix[] = [],
): ScriptDiagnostic {
  return { code, severity: 'warning', message, range, fixes };
}

export function replace(title: string, range: TextRange, newText: string): QuickFix {
  return { title, edits: [{ range, newText }] };
}
