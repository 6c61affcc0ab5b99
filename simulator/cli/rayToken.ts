/** Ray's token, where Ray's own commands look for it first. */
import { readFileSync } from 'node:fs';

/** `RAY_AUTH_TOKEN`, else what the file `RAY_AUTH_TOKEN_PATH` holds; empty where there is none. */
export function rayToken(env: NodeJS.ProcessEnv): string {
  const { RAY_AUTH_TOKEN: token, RAY_AUTH_TOKEN_PATH: file } = env;
  if (token || !file) return token ?? '';
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
