/** Where the command line looks for Ray's token. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { rayToken } from '../../../simulator/cli/rayToken';

it("is where Ray's own commands look: the environment, then the file that it names", () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'heliostat-token-'));
  const file = path.join(dir, 'auth_token');
  writeFileSync(file, 'from the file\n');
  expect(rayToken({ RAY_AUTH_TOKEN: 'itself', RAY_AUTH_TOKEN_PATH: file })).toBe('itself');
  expect(rayToken({ RAY_AUTH_TOKEN: '', RAY_AUTH_TOKEN_PATH: file })).toBe('from the file');
  rmSync(dir, { recursive: true });
  const failure = {
    code: 'token-unreadable',
    path: file,
    detail: expect.stringContaining('ENOENT') as string,
  };
  expect(() => rayToken({ RAY_AUTH_TOKEN_PATH: file })).toThrow(expect.objectContaining({ failure }));
  expect(rayToken({})).toBe('');
});
