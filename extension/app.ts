/** The parts of the extension that commands work with. */
import type * as vscode from 'vscode';
import type { EngineLink } from './engineLink';
import type { EngineStore } from './engineStore';
import type { FollowedRuns } from './followedRuns';
import type { RunOutputs } from './runOutput';
import type { RunPanel } from './runPanel';
import type { ScriptChecks } from './scriptChecks';

export interface App {
  context: vscode.ExtensionContext;
  log: vscode.LogOutputChannel;
  link: EngineLink;
  store: EngineStore;
  checks: ScriptChecks;
  outputs: RunOutputs;
  followed: FollowedRuns;
  panel: RunPanel;
}
