/** Asks where a script is to run or to be debugged. */
import * as vscode from 'vscode';
import type { BackendInfo } from '../simulator/model/cluster';
import { fail } from '../simulator/model/failure';
import type { RunTarget } from '../simulator/model/run';
import type { App } from './app';
import { clusterDescription, isUsable } from './clusterText';
import type { ScriptFile } from './needs';
import { addRemote, askToken, remoteTarget, removeRemote } from './remotes';
import { scriptName } from './runText';
import { imageWish, readSettings } from './settings';

interface Choice extends vscode.QuickPickItem {
  /** Undefined when the user left a question open. */
  choose?(): Promise<RunTarget | undefined>;
  /** Of a cluster elsewhere. */
  address?: string;
}

const TOKEN = { iconPath: new vscode.ThemeIcon('key'), tooltip: 'Change Token' };
const FORGET = { iconPath: new vscode.ThemeIcon('trash'), tooltip: 'Forget This Address' };

/** Undefined when the user leaves. */
export async function pickTarget(
  app: App,
  script: ScriptFile,
  verb: 'Run' | 'Debug' = 'Run',
): Promise<RunTarget | undefined> {
  const choices = await listChoices(app, script);
  const choice = await new Promise<Choice | undefined>((resolve) => {
    const pick = vscode.window.createQuickPick<Choice>();
    pick.title = `${verb} ${scriptName(script.path)} on…`;
    pick.matchOnDescription = true;
    pick.items = choices;
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]);
      pick.hide();
    });
    pick.onDidTriggerItemButton(({ item, button }) => {
      if (item.address !== undefined) void changeRemote(app, item.address, button === TOKEN);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
  return choice?.choose?.();
}

async function changeRemote(app: App, address: string, token: boolean): Promise<void> {
  if (token) await askToken(app.context.secrets, address, 'Ray cluster elsewhere');
  else await removeRemote(app.context.secrets, address);
}

async function listChoices(app: App, script: ScriptFile): Promise<Choice[]> {
  const [backends, clusters] = await Promise.all([
    app.link.request('backends', null),
    app.link.request('clusters.list', null),
  ]);
  const settings = readSettings(script.uri);
  const secrets = app.context.secrets;
  const running = clusters.filter(isUsable).map<Choice>((cluster) => ({
    label: `$(server) ${cluster.name}`,
    description: clusterDescription(cluster),
    choose: () => Promise.resolve({ kind: 'cluster', clusterId: cluster.id }),
  }));
  const remotes = settings.remoteAddresses.map<Choice>((address) => ({
    label: `$(remote) ${address}`,
    address,
    buttons: [TOKEN, FORGET],
    choose: () => remoteTarget(secrets, address),
  }));
  return [
    separator('This machine'),
    localChoice('Processes', 'process', 'every node is a group of processes', backends, {}),
    localChoice('Docker', 'docker', 'every node is a container', backends, imageWish(settings)),
    ...(running.length === 0 ? [] : [separator('Running clusters'), ...running]),
    separator('Elsewhere'),
    ...remotes,
    {
      label: '$(add) Add a Ray address…',
      choose: async () => {
        const address = await addRemote(secrets);
        return address === undefined ? undefined : remoteTarget(secrets, address);
      },
    },
  ];
}

function localChoice(
  label: string,
  backend: 'process' | 'docker',
  description: string,
  backends: readonly BackendInfo[],
  image: ReturnType<typeof imageWish>,
): Choice {
  const info = backends.find((one) => one.kind === backend);
  const reason = info?.available === false ? (info.reason ?? 'not available here') : null;
  return {
    label: `$(vm) ${label}`,
    description: reason === null ? description : `$(warning) ${reason}`,
    choose: () =>
      Promise.resolve(
        reason === null
          ? { kind: 'local', backend, ...image }
          : fail({ code: 'backend-unavailable', backend, reason }),
      ),
  };
}

function separator(label: string): Choice {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
