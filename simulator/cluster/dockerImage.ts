/** The image that nodes run: which one by default, fetching it, and what stands in it. */
import type Docker from 'dockerode';
import type { Context } from '../base/context';
import { fail } from '../model/failure';
import { list, number, object, text } from '../ray/decode';
import { messageOf, statusOf } from './dockerEngine';
import { namedUser, numericUser, type ImageUser } from './dockerUser';

export interface ImageFacts {
  /** The image's configured user, by numbers. */
  user: ImageUser;
  /** `NAME=value` */
  env: string[];
}

/** Ray's own image for a Ray and a Python: `rayproject/ray:2.60.0-py311-cpu`. Its `-cpu` images exist for both processors. */
export function defaultImage(rayVersion: string, pythonVersion: string): string {
  const python = pythonVersion.split('.').slice(0, 2).join('');
  return `rayproject/ray:${rayVersion}-py${python}-cpu${process.arch === 'arm64' ? '-aarch64' : ''}`;
}

/**
 * Makes sure that the image is here, and reads it. One that is here is used without any network. Fails as
 * `image-not-found`; a pull stops when the signal fires.
 */
export async function ensureImage(
  ctx: Context,
  docker: Docker,
  image: string,
  labels: Record<string, string>,
): Promise<ImageFacts> {
  let inspected = await inspectImage(docker, image);
  if (!inspected) {
    await pullImage(ctx, docker, image);
    inspected = await inspectImage(docker, image);
  }
  if (!inspected)
    return fail({ code: 'image-not-found', image, detail: 'It was pulled and is still not here.' });
  const config = object(inspected['Config']);
  const configured = text(config['User']) ?? '';
  const user = numericUser(configured) ?? (await readNamedUser(docker, image, configured, labels));
  return { user, env: list(config['Env']).map(String) };
}

async function inspectImage(docker: Docker, image: string): Promise<Record<string, unknown> | null> {
  try {
    return object(await docker.getImage(image).inspect());
  } catch (error) {
    if (statusOf(error) === 404 || statusOf(error) === 400) return null;
    throw error;
  }
}

async function pullImage(ctx: Context, docker: Docker, image: string): Promise<void> {
  ctx.step(`Pulling ${image}`);
  const progress = new PullProgress();
  try {
    const stream = await docker.pull(withTag(image), { abortSignal: ctx.signal });
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(
        stream,
        (error) => (error ? reject(error) : resolve()),
        (event: unknown) => {
          if (progress.add(event)) ctx.step(`Pulling ${image}: ${progress.words()}`);
        },
      );
    });
  } catch (error) {
    if (ctx.signal.aborted) fail({ code: 'cancelled' });
    fail({ code: 'image-not-found', image, detail: messageOf(error) });
  }
  if (ctx.signal.aborted) fail({ code: 'cancelled' });
}

/** Without a tag Docker's API would fetch every tag of the repository. */
export function withTag(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  return /[:@]/.test(name) ? image : `${image}:latest`;
}

/** Adds up the engine's messages about single layers. */
export class PullProgress {
  private readonly layers = new Map<string, { loadedBytes: number; done: boolean }>();
  private said = '';

  /** Takes one message; true when the words have changed by it. */
  add(event: unknown): boolean {
    const id = text(object(event)['id']);
    const status = text(object(event)['status']) ?? '';
    if (!id || status.startsWith('Pulling from')) return false;
    const layer = this.layers.get(id) ?? { loadedBytes: 0, done: false };
    this.layers.set(id, layer);
    const current = number(object(object(event)['progressDetail'])['current']);
    if (status === 'Downloading' && current !== null)
      layer.loadedBytes = Math.max(layer.loadedBytes, current);
    if (status === 'Pull complete' || status === 'Already exists') layer.done = true;
    const before = this.said;
    this.said = this.words();
    return this.said !== before;
  }

  /** `3 of 12 layers, 412 MB` */
  words(): string {
    const layers = [...this.layers.values()];
    const done = layers.filter((layer) => layer.done).length;
    const megabytes = layers.reduce((sum, layer) => sum + layer.loadedBytes, 0) / 1e6;
    return `${done} of ${layers.length} layers, ${Math.floor(megabytes)} MB`;
  }
}

/** An image that names its user says the numbers in /etc/passwd only; a container that never starts shows it. */
async function readNamedUser(
  docker: Docker,
  image: string,
  configured: string,
  labels: Record<string, string>,
): Promise<ImageUser> {
  const container = await docker.createContainer({ Image: image, Cmd: ['true'], Labels: labels });
  try {
    const archive = await container.getArchive({ path: '/etc/passwd' });
    const chunks: Buffer[] = [];
    for await (const chunk of archive) chunks.push(Buffer.from(chunk as Uint8Array));
    // A tar of one small text file: its header is padded with zero bytes, and no line of the text has any.
    const passwd = Buffer.concat(chunks).toString('latin1').replaceAll('\0', '\n');
    return namedUser(configured, passwd) ?? { uid: 0, gid: 0 };
  } finally {
    await container.remove({ force: true });
  }
}

/** Which Ray and Python an image runs, by running it; null when it has none. For saying why a start failed. */
export async function readImageVersions(
  docker: Docker,
  image: string,
  labels: Record<string, string>,
): Promise<{ ray: string; python: string } | null> {
  const container = await docker.createContainer({
    Image: image,
    Labels: labels,
    Tty: true,
    Cmd: [
      'python',
      '-c',
      'import platform, ray; print(f"heliostat:{ray.__version__}:{platform.python_version()}:")',
    ],
  });
  try {
    await container.start();
    await container.wait();
    const output = await container.logs({ stdout: true, stderr: true });
    const [, ray, python] = /heliostat:([^:]*):([^:]*):/.exec(output.toString('utf8')) ?? [];
    return ray && python ? { ray, python } : null;
  } catch (error) {
    if (statusOf(error) === null) throw error;
    return null;
  } finally {
    await container.remove({ force: true });
  }
}
