/** What containers print, and files in them: Docker's stream format taken apart. */
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { fail } from '../model/failure';
import { messageOf, statusOf } from './dockerEngine';

const HEADER_BYTES = 8;

/**
 * `sh` with the byte (from 1) and the file. Waits for the file before `tail` does, which would forget the byte. Polls
 * ten times a second: for files on an overlay `tail` uses no notifications, and looks once a second.
 */
const FOLLOW =
  '(until [ -e "$2" ]; do sleep 0.1; done; exec tail -c "+$1" -s 0.1 -f -- "$2") 2>/dev/null & ' +
  'follower=$!; cat >/dev/null; kill $follower; wait $follower 2>/dev/null';

/** The newest lines of a container's output; empty when the container is gone. */
export async function containerLog(docker: Docker, containerId: string, lines: number): Promise<string> {
  try {
    const output = await docker.getContainer(containerId).logs({ stdout: true, stderr: true, tail: lines });
    return Buffer.concat(takeFrames(output).payloads).toString('utf8');
  } catch (error) {
    if (statusOf(error) === null) throw error;
    return '';
  }
}

/**
 * Follows a file in a container from a byte on, until the signal or the container's end. Waits for a file that is not
 * there yet. Nothing of it stays behind in the container, not even when this process is killed: the shell there ends
 * its `tail` as soon as our end of its input closes.
 */
export async function* tailFile(
  docker: Docker,
  container: string,
  file: string,
  fromByte: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void> {
  if (signal.aborted) return;
  const stream = await openExec(docker, container, ['sh', '-c', FOLLOW, 'sh', String(fromByte + 1), file]);
  const onAbort = () => stream.end();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of stream) {
      if (signal.aborted) continue;
      const taken = takeFrames(Buffer.concat([rest, chunk as Buffer]));
      rest = taken.rest;
      yield* taken.payloads;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    stream.end();
    stream.resume();
  }
}

async function openExec(docker: Docker, container: string, command: string[]): Promise<Duplex> {
  try {
    const exec = await docker
      .getContainer(container)
      .exec({ Cmd: command, AttachStdin: true, AttachStdout: true, AttachStderr: false });
    return await exec.start({ hijack: true, stdin: true });
  } catch (error) {
    return fail({ code: 'cluster-lost', id: container, detail: messageOf(error) });
  }
}

/** Takes the whole frames off a piece of Docker's stream: 8 bytes of header (its last four the length), then the payload. */
export function takeFrames(bytes: Buffer): { payloads: Buffer[]; rest: Buffer } {
  const payloads: Buffer[] = [];
  let at = 0;
  while (bytes.length - at >= HEADER_BYTES) {
    const end = at + HEADER_BYTES + bytes.readUInt32BE(at + 4);
    if (end > bytes.length) break;
    payloads.push(bytes.subarray(at + HEADER_BYTES, end));
    at = end;
  }
  return { payloads, rest: bytes.subarray(at) };
}
