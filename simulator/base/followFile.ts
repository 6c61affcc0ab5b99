/** Following a file that grows, as `tail -f` does. */
import { open, type FileHandle } from 'node:fs/promises';
import { sleep } from './context';

const POLL_MS = 40;
const CHUNK_BYTES = 64 * 1024;

/**
 * Pieces of at most 64 KiB from `fromByte` on, each within 40 ms of its writing. Waits for a file that is not there
 * yet, and ends (without an error) with the signal.
 */
export async function* followFile(
  file: string,
  fromByte: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  const handle = await openWhenThere(file, signal);
  if (!handle) return;
  try {
    let position = fromByte;
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    while (!signal.aborted) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, position);
      if (bytesRead > 0) {
        position += bytesRead;
        yield Buffer.from(chunk.subarray(0, bytesRead));
      } else if (!(await pause(signal))) return;
    }
  } finally {
    await handle.close();
  }
}

async function openWhenThere(file: string, signal: AbortSignal): Promise<FileHandle | null> {
  while (!signal.aborted) {
    try {
      return await open(file, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    if (!(await pause(signal))) return null;
  }
  return null;
}

async function pause(signal: AbortSignal): Promise<boolean> {
  return sleep(POLL_MS, signal).then(
    () => true,
    () => false,
  );
}
