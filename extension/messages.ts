/** What the user is told in notifications. Every one of them offers a way on. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { Failure } from '../simulator/model/failure';
import { failureWords, type FailureAction } from '../simulator/model/failureWords';
import { targetOfFailure, type CommandTarget } from './target';

/** Why a command cannot work now, and the step that makes it work. */
export class NotReady extends Error {
  constructor(
    message: string,
    readonly actions: Pick<FailureAction, 'label' | 'command'>[],
  ) {
    super(message);
    this.name = 'NotReady';
  }
}

const SHOW_DETAILS = { label: 'Show Details', command: 'heliostat.showLog' };
const open = new Set<string>();

/** Shows a failure with its ways out, scripts by name rather than path; details go to the log, which a button opens. Cancelled is no failure. */
export async function showFailure(
  log: vscode.LogOutputChannel,
  failure: Failure,
  about: CommandTarget & { prefix?: string } = {},
): Promise<void> {
  if (failure.code === 'cancelled') return;
  const { title, detail, actions } = failureWords(failure);
  log.error([about.uri?.fsPath, title, detail].filter(Boolean).join('\n'));
  const script = failure.code === 'script-invalid' ? failure.path : about.uri?.fsPath;
  const named = (words: string) =>
    script === undefined ? words : words.replaceAll(script, path.basename(script));
  const said = named(title);
  const { prefix } = about;
  const text = prefix === undefined || said.startsWith(prefix) ? said : `${prefix}: ${said}`;
  const short = detail.length > 0 && detail.length < 160 && !detail.includes('\n');
  const buttons = [...actions];
  if (detail !== '' && !short && !actions.some((one) => one.command === SHOW_DETAILS.command)) {
    buttons.push(SHOW_DETAILS);
  }
  await offer(
    vscode.window.showErrorMessage,
    short ? `${text}${/[.!?]$/.test(text) ? '' : '.'} ${named(detail)}` : text,
    buttons,
    {
      ...targetOfFailure(failure),
      ...about,
    },
  );
}

/** Shows why a command cannot work yet. */
export async function showNotReady(reason: NotReady, about: CommandTarget): Promise<void> {
  await offer(vscode.window.showWarningMessage, reason.message, reason.actions, about);
}

type Show = (message: string, ...items: string[]) => Thenable<string | undefined>;

async function offer(
  show: Show,
  text: string,
  actions: readonly Pick<FailureAction, 'label' | 'command'>[],
  about: CommandTarget,
): Promise<void> {
  // The same words twice on the screen help nobody.
  if (open.has(text)) return;
  open.add(text);
  const chosen = await show(text, ...actions.map((action) => action.label));
  open.delete(text);
  const action = actions.find((one) => one.label === chosen);
  if (!action) return;
  const ours = action.command.startsWith('heliostat.');
  await vscode.commands.executeCommand(action.command, ...(ours ? [about] : []));
}
