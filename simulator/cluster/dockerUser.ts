/** As whom a container's processes run, so that files in the shared folders belong to the user of this machine. */
import path from 'node:path';
import type { EngineFacts } from './dockerEngine';

export interface HostUser {
  platform: NodeJS.Platform;
  uid: number;
  gid: number;
}

/** The numbers behind an image's `USER`. */
export interface ImageUser {
  uid: number;
  gid: number;
}

export interface ContainerUser {
  /** `uid:gid` */
  user: string;
  groups: string[];
  env: Record<string, string>;
  /** A folder of this machine that must exist as the container's home; null when the image's own will do. */
  home: string | null;
}

/**
 * The shared directory is readable by this machine's user alone (it holds Ray's token), and what a script writes must
 * belong to that user. So a container runs under the user's own numbers, with two exceptions:
 * - Where the engine maps owners by itself (rootless, Docker Desktop, a virtual machine on a Mac), root in the
 *   container *is* the user outside, and any other number would be a stranger.
 * - The engine started by root: root inside too.
 * A number that the image does not know has neither a home nor a name there, and no right to the image's own files
 * (rayproject's images keep Python in /home/ray, open to its group): it gets a home in the shared directory, a name,
 * and the image's group.
 */
export function containerUser(
  host: HostUser,
  engine: Pick<EngineFacts, 'rootless' | 'desktop'>,
  image: ImageUser,
  sharedDir: string,
): ContainerUser {
  const mapped = host.platform !== 'linux' || engine.rootless || engine.desktop;
  if (mapped || host.uid === 0) return { user: '0:0', groups: [], env: {}, home: null };
  const user = `${host.uid}:${host.gid}`;
  const groups = image.gid === host.gid ? [] : [String(image.gid)];
  if (image.uid === host.uid) return { user, groups, env: {}, home: null };
  const home = path.join(sharedDir, 'home');
  return { user, groups, env: { HOME: home, USER: 'heliostat', LOGNAME: 'heliostat' }, home };
}

/** Reads an image's `USER` where it is numbers (`1000`, `1000:100`) or nothing (root); a name is null. */
export function numericUser(configured: string): ImageUser | null {
  if (configured === '') return { uid: 0, gid: 0 };
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(configured) ?? [];
  return uid === undefined ? null : { uid: Number(uid), gid: Number(gid ?? 0) };
}

/** Finds a name in the text of /etc/passwd; null when it is not there. */
export function namedUser(configured: string, passwd: string): ImageUser | null {
  const name = configured.split(':')[0];
  for (const line of passwd.split('\n')) {
    const [entry, , uid, gid] = line.split(':');
    if (entry === name && uid !== undefined) return { uid: Number(uid), gid: Number(gid ?? 0) };
  }
  return null;
}
