/** Following a file that grows, as `tail -f` does. */
import { watch } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { sleep } from './context';

/** Where the system tells of changes this is only for what it misses. */
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
  const changes = new Changes(file);
  try {
    let position = fromByte;
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    while (!signal.aborted) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, position);
      if (bytesRead > 0) {
        position += bytesRead;
        yield Buffer.from(chunk.subarray(0, bytesRead));
      } else if (!(await changes.next(signal))) return;
    }
  } finally {
    changes.dispose();
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

/** Waits for the system's word that a file has changed, or for a while. */
class Changes {
  private wake = () => {};
  /** A change that nobody waited for. */
  private isPending = false;
  private readonly watcher: ReturnType<typeof watch> | null;

  constructor(file: string) {
    this.watcher = openWatcher(file, () => {
      this.isPending = true;
      this.wake();
    });
  }

  /** False when the signal fired. */
  next(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        this.wake = () => {};
        this.isPending = false;
        resolve(!signal.aborted);
      };
      const timer = setTimeout(finish, POLL_MS);
      signal.addEventListener('abort', finish, { once: true });
      this.wake = finish;
      if (this.isPending || signal.aborted) finish();
    });
  }

  dispose(): void {
    this.watcher?.close();
  }
}

/** Null where the system cannot watch one more file. */
function openWatcher(file: string, onChange: () => void): ReturnType<typeof watch> | null {
  try {
    const watcher = watch(file, { persistent: false }, onChange);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}

async function pause(signal: AbortSignal): Promise<boolean> {
  return sleep(POLL_MS, signal).then(
    () => true,
    () => false,
  );
}
