/** What an annotated script says of itself: PEP 723 metadata, our `[tool.heliostat]` table, and what is wrong with it. */
import type { NetworkShape, NodeGroup } from './cluster';
import type { ScheduledFault } from './fault';

/** A range in a file. Lines and columns count from 0; the end is exclusive; columns are UTF-16 units, as in VS Code. */
export interface TextRange {
  startLine: number;
  startColumn: number;
  endLine: number;
  endColumn: number;
}

/** One replacement of text that repairs a diagnostic, with the words of its button. */
export interface QuickFix {
  title: string;
  edits: { range: TextRange; newText: string }[];
}

export interface ScriptDiagnostic {
  /** A stable kind for tests and settings, for instance `unknown-key`, `toml`, `infeasible`. */
  code: string;
  severity: 'error' | 'warning';
  message: string;
  range: TextRange;
  fixes: QuickFix[];
}

/** What a script asks for. Absent keys are absent here; defaults belong to those who use them. */
export interface ScriptSpec {
  requiresPython?: string;
  dependencies?: string[];
  args?: string[];
  env?: Record<string, string>;
  /** As written, relative to the script's folder. */
  workingDir?: string;
  /** How slow the network between containers shall be. */
  network?: NetworkShape;
  /** Functions whose tasks' arguments are kept for a replay, beside those of tasks that failed; false keeps none. */
  keepArguments?: false | string[];
  /** Image of Docker nodes. */
  image?: string;
  /** Instead of `image`; as written, relative to the script's folder. */
  dockerfile?: string;
  /** Empty when the script does not name nodes. */
  nodes: NodeGroup[];
  /** What shall happen to the nodes while the script runs. */
  faults?: ScheduledFault[];
}

export interface ScriptCheck {
  spec: ScriptSpec;
  diagnostics: ScriptDiagnostic[];
  /** Where the "Run on cluster" lens stands: the `__main__` guard, else the metadata block, else the first use of Ray. */
  entryPoint: TextRange | null;
  /** Whether the script uses Ray at all (an import of `ray`), or carries a metadata block of ours. */
  usesRay: boolean;
}
