/** Ray clusters elsewhere that the user named, and their tokens in VS Code's secret storage. */
import * as vscode from 'vscode';
import type { RunTarget } from '../simulator/model/run';
import { readAddress, tokenKey } from './remoteAddress';
import { readSettings, writeRemoteAddresses } from './settings';

/** The target for an address with its kept token, where there is one. */
export async function remoteTarget(secrets: vscode.SecretStorage, address: string): Promise<RunTarget> {
  const token = await secrets.get(tokenKey(address));
  return { kind: 'address', address, ...(token === undefined ? {} : { token }) };
}

/** Asks for an address and a token and keeps both; undefined when the user left. */
export async function addRemote(secrets: vscode.SecretStorage): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({
    title: 'Ray cluster elsewhere (1/2)',
    prompt: "Address of Ray's dashboard",
    placeHolder: 'http://HOST:8265',
    ignoreFocusOut: true,
    validateInput: (typed) => {
      const read = readAddress(typed);
      return 'wrong' in read ? read.wrong : undefined;
    },
  });
  const read = text === undefined ? undefined : readAddress(text);
  if (!read || 'wrong' in read) return undefined;
  if (!(await askToken(secrets, read.address, 'Ray cluster elsewhere (2/2)'))) return undefined;
  const known = readSettings().remoteAddresses;
  if (!known.includes(read.address)) await writeRemoteAddresses([...known, read.address]);
  return read.address;
}

/** Asks for a token and keeps it; empty removes it. False when the user left. */
export async function askToken(
  secrets: vscode.SecretStorage,
  address: string,
  title: string,
): Promise<boolean> {
  const token = await vscode.window.showInputBox({
    title,
    prompt: `Ray's token for ${address}. Leave it empty where the cluster asks for none.`,
    password: true,
    ignoreFocusOut: true,
  });
  if (token === undefined) return false;
  if (token.trim() === '') await secrets.delete(tokenKey(address));
  else await secrets.store(tokenKey(address), token.trim());
  return true;
}

/** Forgets an address and its token. */
export async function removeRemote(secrets: vscode.SecretStorage, address: string): Promise<void> {
  await secrets.delete(tokenKey(address));
  await writeRemoteAddresses(readSettings().remoteAddresses.filter((one) => one !== address));
}
