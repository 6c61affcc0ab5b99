/** Ray's token, where Ray's own commands look for it first. */
import { readFileSync } from 'node:fs';
import { fail } from '../model/failure';

/**
 * `RAY_AUTH_TOKEN`, else what the file `RAY_AUTH_TOKEN_PATH` holds; empty where neither is set. Fails as
 * `token-unreadable`.
 */
export function rayToken(env: NodeJS.ProcessEnv): string {
  const { RAY_AUTH_TOKEN: token, RAY_AUTH_TOKEN_PATH: file } = env;
  if (token || !file) return token ?? '';
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    return fail({ code: 'token-unreadable', path: file, detail: (error as Error).message });
  }
}
