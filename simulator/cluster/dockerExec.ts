/** Short commands in a node's container, and helper containers beside it: what they print, and how they ended. */
import type Docker from 'dockerode';
import { fail } from '../model/failure';
import { messageOf, statusOf } from './dockerEngine';
import { takeFrames } from './dockerLog';

export interface Ended {
  /** What it printed, both streams. */
  output: string;
  exitCode: number;
}

/** Runs a command in a container to its end, as the container's own user. */
export async function execIn(docker: Docker, container: string, command: string[]): Promise<Ended> {
  try {
    const exec = await docker.getContainer(container).exec({
      Cmd: command,
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({ hijack: true });
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
    const output = Buffer.concat(takeFrames(Buffer.concat(chunks)).payloads).toString('utf8');
    return { output, exitCode: (await exec.inspect()).ExitCode ?? -1 };
  } catch (error) {
    if (statusOf(error) === null) throw error;
    return fail({ code: 'cluster-lost', id: container, detail: messageOf(error) });
  }
}

/** Runs a container to its end and removes it. Throws what the engine refuses. */
export async function runToEnd(docker: Docker, options: Docker.ContainerCreateOptions): Promise<Ended> {
  const container = await docker.createContainer(options);
  try {
    await container.start();
    const { StatusCode: exitCode } = (await container.wait()) as { StatusCode: number };
    const printed = await container.logs({ stdout: true, stderr: true });
    return { output: Buffer.concat(takeFrames(printed).payloads).toString('utf8'), exitCode };
  } finally {
    await container.remove({ force: true, v: true });
  }
}
