/** The image that nodes run: which one by default, fetching it, and what stands in it. */
import type Docker from 'dockerode';
import type { Context } from '../base/context';
import { minorOf } from '../base/pythonVersion';
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

/** Ray's own image for a Ray and a Python: `rayproject/ray:2.60.0-py311`, with `-gpu` the one that has CUDA. */
export function defaultImage(rayVersion: string, pythonVersion: string, withGpus = false): string {
  const python = minorOf(pythonVersion).replace('.', '');
  const processor = process.arch === 'arm64' ? '-aarch64' : '';
  return `rayproject/ray:${rayVersion}-py${python}${withGpus ? '-gpu' : ''}${processor}`;
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

export async function hasImage(docker: Docker, image: string): Promise<boolean> {
  return (await inspectImage(docker, image)) !== null;
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
    await followProgress(docker, stream, (event) => {
      if (progress.add(event)) ctx.step(`Pulling ${image}: ${progress.words()}`);
    });
  } catch (error) {
    if (ctx.signal.aborted) fail({ code: 'cancelled' });
    fail({ code: 'image-not-found', image, detail: whyNotPulled(messageOf(error), image) });
  }
  if (ctx.signal.aborted) fail({ code: 'cancelled' });
}

/** Resolves when the engine's answer has ended; rejects with the error that it holds, which is one of its events. */
export function followProgress(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  onEvent: (event: unknown) => void,
): Promise<void> {
  let refusal: string | null = null;
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error) => {
        if (error) reject(error);
        else if (refusal !== null) reject(new Error(refusal));
        else resolve();
      },
      (event: unknown) => {
        refusal ??= text(object(event)['error']);
        onEvent(event);
      },
    );
  });
}

/** The engine's own words, and what they mean for who has no registry at hand. */
export function whyNotPulled(said: string, image: string): string {
  const way = /no such host|dial tcp|connection refused|timeout|network is unreachable/i.test(said)
    ? 'The registry cannot be reached from here. Where there is a network, `docker save` the image to a file, and `docker load` it here; or choose processes as nodes.'
    : /denied|unauthorized|authentication/i.test(said)
      ? `The registry does not hand it out: check its name. Where it asks for a password, which Heliostat does not know, type \`docker login\` and then \`docker pull ${image}\`: an image that is here is used as it is.`
      : /not found|manifest unknown/i.test(said)
        ? 'The registry has no such image: check its name and tag.'
        : '';
  return [said, way].filter((part) => part !== '').join('\n');
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
