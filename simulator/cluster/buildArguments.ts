/** What a build needs to know of this machine's network: its proxies, and certificates of its own. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { readJson } from '../base/files';
import { object, text } from '../ray/decode';

/** `ARG EXTRA_CA_CERTIFICATES` in a Dockerfile asks for them, as PEM text. */
export const CERTIFICATES_ARGUMENT = 'EXTRA_CA_CERTIFICATES';

/** An argument stands in the environment of every step, where Linux takes 128 KiB each. */
const MAX_CERTIFICATES_BYTES = 120_000;
const CERTIFICATE_VARIABLES = [
  'HELIOSTAT_CA_CERTIFICATES',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
];

export interface BuildArguments {
  args: Record<string, string>;
  /** What a person should know of them. */
  notes: string[];
}

/** Docker keeps the proxies' own names out of images and their history; the others are passed only when asked for. */
export async function buildArguments(dockerfile: string, env: NodeJS.ProcessEnv): Promise<BuildArguments> {
  const args = proxies(env);
  const notes: string[] = [];
  if (new RegExp(`^\\s*ARG\\s+${CERTIFICATES_ARGUMENT}\\b`, 'm').test(dockerfile)) {
    const found = await certificates(env);
    if (found) args[CERTIFICATES_ARGUMENT] = found.pem;
    notes.push(
      found
        ? `${CERTIFICATES_ARGUMENT} is ${found.file} (${found.variable}).`
        : `${CERTIFICATES_ARGUMENT} stays empty: none of ${CERTIFICATE_VARIABLES.join(', ')} names a PEM file of less than ${MAX_CERTIFICATES_BYTES / 1000} kB.`,
    );
  }
  return { args, notes };
}

/** Those of the environment, else those that Docker's own command line would pass (`proxies` in its config.json). */
function proxies(env: NodeJS.ProcessEnv): Record<string, string> {
  const config = env['DOCKER_CONFIG'] || path.join(env['HOME'] || homedir(), '.docker');
  const configured = object(object(object(readJson(path.join(config, 'config.json')))['proxies'])['default']);
  const args: Record<string, string> = {};
  for (const [name, key] of [
    ['HTTP_PROXY', 'httpProxy'],
    ['HTTPS_PROXY', 'httpsProxy'],
    ['NO_PROXY', 'noProxy'],
  ] as const) {
    const value = env[name] || env[name.toLowerCase()] || text(configured[key]);
    if (value) Object.assign(args, { [name]: value, [name.toLowerCase()]: value });
  }
  return args;
}

async function certificates(
  env: NodeJS.ProcessEnv,
): Promise<{ pem: string; file: string; variable: string } | null> {
  for (const variable of CERTIFICATE_VARIABLES) {
    const file = env[variable];
    const pem = file ? await readFile(file, 'utf8').catch(() => '') : '';
    if (file && pem.includes('BEGIN CERTIFICATE') && Buffer.byteLength(pem) <= MAX_CERTIFICATES_BYTES)
      return { pem, file, variable };
  }
  return null;
}
