/** A connection to the Docker engine of this machine, and what the engine says of itself. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type Docker from 'dockerode';
import { fail, FailureError } from '../model/failure';
import { list, number, object, text } from '../ray/decode';
import { engineAddresses, type EngineAddress } from './dockerAddress';

export interface DockerEngine {
  docker: Docker;
  address: EngineAddress;
  facts: EngineFacts;
}

export interface EngineFacts {
  /** `Docker` or `Podman`. */
  product: string;
  version: string;
  system: string;
  cgroupVersion: string | null;
  runtimes: string[];
  cpus: number;
  memoryBytes: number;
  /** Root in a container is the engine's own, unprivileged user outside. */
  rootless: boolean;
  /** The engine lives in a virtual machine that maps file owners. */
  desktop: boolean;
  /** Root in a container is another user outside (`userns-remap`). */
  userNamespaces: boolean;
  selinux: boolean;
  /** Whether its kernel holds containers to a limit. */
  limitsMemory: boolean;
  limitsCpus: boolean;
  /** Where it looks for descriptions of devices (Container Device Interface); empty where it has none of that. */
  cdiFolders: string[];
}

const ANSWER_TIMEOUT_MS = 5000;

/**
 * Connects to the first engine that answers. Fails as `docker-unavailable`, with the reason of the address that came
 * nearest to answering.
 */
export async function connectDocker(env: NodeJS.ProcessEnv = process.env): Promise<DockerEngine> {
  const home = env['HOME'] || homedir();
  let nearest: { address: EngineAddress; error: unknown } | null = null;
  for (const address of engineAddresses({ env, home })) {
    try {
      const docker = await openClient(address, env);
      return { docker, address, facts: await readFacts(docker) };
    } catch (error) {
      if (error instanceof FailureError) throw error;
      if (!nearest || (isMissing(nearest.error) && !isMissing(error))) nearest = { address, error };
    }
  }
  if (!nearest) return fail({ code: 'docker-unavailable', socket: '', reason: 'Docker was not found.' });
  return fail({
    code: 'docker-unavailable',
    socket: nearest.address.url,
    reason: whyUnavailable(nearest.error, nearest.address, hasDockerCommand(env)),
  });
}

/** Why an engine does not answer and what to do, in words. */
export function whyUnavailable(error: unknown, address: EngineAddress, installed: boolean): string {
  const code = text(object(error)['code']);
  const source = address.source === 'the default socket' ? '' : ` (${address.source})`;
  if (code === 'EACCES' || code === 'EPERM') {
    return `You may not use Docker's socket${source}. Type \`sudo usermod -aG docker $USER\`, then log in again.`;
  }
  if (code === 'ENOENT' && !installed) return `Docker is not installed here${source}.`;
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return `Docker is installed but not running${source}. Start Docker Desktop, or type \`sudo systemctl start docker\`.`;
  }
  return `Docker gave no usable answer${source}: ${error instanceof Error ? error.message : String(error)}`;
}

/** Whether an error of dockerode's is the loss of the connection rather than an answer of the engine. */
export function isConnectionError(error: unknown): boolean {
  const { code, syscall } = object(error);
  return syscall === 'connect' || code === 'ECONNRESET' || code === 'EPIPE';
}

/** The HTTP status of an answer that dockerode threw, or null. */
export function statusOf(error: unknown): number | null {
  return number(object(error)['statusCode']);
}

/** The engine's own words of an answer that dockerode threw. */
export function messageOf(error: unknown): string {
  const said = text(object(object(error)['json'])['message']);
  return said ?? (error instanceof Error ? error.message : String(error));
}

/** dockerode is heavy, so it loads when the first command needs it. */
async function openClient(address: EngineAddress, env: NodeJS.ProcessEnv): Promise<Docker> {
  const { default: Client } = await import('dockerode');
  const url = new URL(address.url);
  if (url.protocol === 'unix:') return new Client({ socketPath: url.pathname });
  if (url.protocol !== 'tcp:' || !['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) {
    return fail({
      code: 'docker-unavailable',
      socket: address.url,
      reason:
        `${address.source} names an engine on another machine. Clusters share folders with their containers, ` +
        'so they need an engine on this one.',
    });
  }
  const certificates = env['DOCKER_TLS_VERIFY'] ? env['DOCKER_CERT_PATH'] : undefined;
  return new Client({
    host: url.hostname,
    port: url.port || (certificates ? 2376 : 2375),
    protocol: certificates ? 'https' : 'http',
    ...(certificates ? await readCertificates(certificates) : {}),
  });
}

async function readCertificates(folder: string): Promise<{ ca: Buffer; cert: Buffer; key: Buffer }> {
  const [ca, cert, key] = await Promise.all([
    readFile(path.join(folder, 'ca.pem')),
    readFile(path.join(folder, 'cert.pem')),
    readFile(path.join(folder, 'key.pem')),
  ]);
  return { ca, cert, key };
}

async function readFacts(docker: Docker): Promise<EngineFacts> {
  const [info, version] = await withTimeout(Promise.all([docker.info(), docker.version()]));
  const answer = object(info);
  const options = list(answer['SecurityOptions']).map(String);
  const has = (name: string) => options.some((option) => option.startsWith(`name=${name}`));
  const components = list(object(version)['Components']).map((component) => text(object(component)['Name']));
  return {
    product: components.some((name) => name?.startsWith('Podman')) ? 'Podman' : 'Docker',
    version: text(answer['ServerVersion']) ?? 'unknown',
    system: text(answer['OperatingSystem']) ?? 'unknown',
    cgroupVersion: text(answer['CgroupVersion']),
    runtimes: Object.keys(object(answer['Runtimes'])),
    cpus: number(answer['NCPU']) ?? 1,
    memoryBytes: number(answer['MemTotal']) ?? 0,
    rootless: has('rootless'),
    desktop: text(answer['OperatingSystem']) === 'Docker Desktop',
    userNamespaces: has('userns'),
    selinux: has('selinux'),
    limitsMemory: answer['MemoryLimit'] !== false,
    limitsCpus: answer['CpuCfsQuota'] !== false,
    cdiFolders: list(answer['CDISpecDirs']).map(String),
  };
}

function withTimeout<T>(answer: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const seconds = ANSWER_TIMEOUT_MS / 1000;
    const timer = setTimeout(() => reject(new Error(`no answer in ${seconds} s`)), ANSWER_TIMEOUT_MS);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function isMissing(error: unknown): boolean {
  return text(object(error)['code']) === 'ENOENT';
}

function hasDockerCommand(env: NodeJS.ProcessEnv): boolean {
  const folders = (env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders.some((folder) => ['docker', 'podman'].some((name) => existsSync(path.join(folder, name))));
}
