/** Where a Docker engine may listen on this machine, as Docker's own command line decides it. Reads files, opens nothing. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { readJson } from '../base/files';
import { object, text } from '../ray/decode';

export interface EngineAddress {
  /** `unix:///var/run/docker.sock`, `tcp://127.0.0.1:2375`, `ssh://host` */
  url: string;
  /** Who named it, for people: `DOCKER_HOST`, `the Docker context "colima"`, `the default socket`. */
  source: string;
}

export interface AddressFacts {
  env: NodeJS.ProcessEnv;
  /** The user's home directory. */
  home: string;
}

/**
 * The addresses to try, best first. What the user named (`DOCKER_HOST`, `DOCKER_CONTEXT`, `docker context use`) is
 * the only one: an engine that they did not choose would be a surprise.
 */
export function engineAddresses({ env, home }: AddressFacts): EngineAddress[] {
  const host = env['DOCKER_HOST'];
  if (host) return [{ url: host.includes('://') ? host : `tcp://${host}`, source: 'DOCKER_HOST' }];
  const config = env['DOCKER_CONFIG'] || path.join(home, '.docker');
  const context =
    env['DOCKER_CONTEXT'] || text(object(readJson(path.join(config, 'config.json')))['currentContext']);
  const contextUrl = context && context !== 'default' ? readContext(config, context) : null;
  if (contextUrl) return [{ url: contextUrl, source: `the Docker context "${context}"` }];
  return defaultSockets(env, home);
}

function defaultSockets(env: NodeJS.ProcessEnv, home: string): EngineAddress[] {
  const runtimeDir = env['XDG_RUNTIME_DIR'];
  const socket = (file: string, source: string) => ({ url: `unix://${file}`, source });
  return [
    socket('/var/run/docker.sock', 'the default socket'),
    ...(runtimeDir ? [socket(path.join(runtimeDir, 'docker.sock'), 'rootless Docker')] : []),
    socket(path.join(home, '.docker', 'run', 'docker.sock'), 'Docker Desktop'),
    ...(runtimeDir ? [socket(path.join(runtimeDir, 'podman', 'podman.sock'), 'rootless Podman')] : []),
    socket('/run/podman/podman.sock', 'Podman'),
  ];
}

/** Docker keeps a context's file under the hash of its name. */
function readContext(config: string, name: string): string | null {
  const hash = createHash('sha256').update(name).digest('hex');
  const meta = object(readJson(path.join(config, 'contexts', 'meta', hash, 'meta.json')));
  return text(object(object(meta['Endpoints'])['docker'])['Host']);
}
