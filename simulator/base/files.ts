/** Small files and folders, read as far as they are there, and files written whole. */
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { fail } from '../model/failure';

/** Replaces a file in one step, so that a reader sees the old or the new one. Mode 0600. */
export function writeAtomic(file: string, text: string): void {
  const half = `${file}.${process.pid}.half`;
  writeFileSync(half, text, { mode: 0o600 });
  renameSync(half, file);
}

/** The parsed JSON, or null when the file is missing or is none. */
export function readJson(file: string): unknown {
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    return null;
  }
}

/** Null when it cannot be read. */
export function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** What lies in a folder; nothing where it cannot be read. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** When it was last written, since the epoch; null when it is not there. */
export function modifiedMs(file: string): number | null {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return null;
  }
}

/** Whether nothing is there. What we may not look at may well be there: `existsSync` says no to that too. */
export function isMissing(path: string): boolean {
  try {
    lstatSync(path);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

const UNWRITABLE: Record<string, string> = {
  ENOENT: 'There is no such folder.',
  ENOTDIR: 'There is no such folder.',
  EISDIR: 'It is a folder.',
  EACCES: 'You may not write there.',
  EPERM: 'You may not write there.',
  EROFS: 'Its disk is read-only.',
};

/** The writing of a file that the user named; fails as `file-unwritable` where the place is to blame. */
export async function writtenTo<T>(path: string, writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (error) {
    const reason = UNWRITABLE[(error as NodeJS.ErrnoException).code ?? ''];
    if (reason === undefined) throw error;
    return fail({ code: 'file-unwritable', path, reason });
  }
}
