/**
 * Packs a working directory for a cluster that cannot see it, under Ray's own rules
 * (ray/_private/runtime_env/packaging.py): `.gitignore` and `.rayignore` at every level, its default excludes, a name
 * made of the content's hash, so that what has not changed is not sent again.
 */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { zip, type AsyncZippable } from 'fflate';
import ignore, { type Ignore } from 'ignore';
import { whenAborted, type Context } from '../base/context';
import { fail, type SizedPath } from '../model/failure';
import type { Endpoint } from './endpoint';
import { rayRequest } from './http';

/** What Ray's dashboard takes in one upload (DASHBOARD_CLIENT_MAX_SIZE). */
export const UPLOAD_LIMIT_BYTES = 100 * 1048576;
/** Beyond this nothing compresses into the limit, so it is not even tried. */
const HOPELESS_BYTES = 10 * UPLOAD_LIMIT_BYTES;
/** RAY_RUNTIME_ENV_DEFAULT_EXCLUDES. */
const DEFAULT_EXCLUDES = ['.git', '.venv', 'venv', '__pycache__'];
const SECRET =
  /(^|\/)(\.env(\..+)?|\.netrc|\.pypirc|id_(rsa|dsa|ecdsa|ed25519)|credentials(\.json)?|.*\.(pem|key|p12|pfx))$/i;
const NOT_SECRET = /\.(example|sample|template|dist)$/i;

export interface Survey {
  /** Relative to the directory, with `/`, sorted. */
  files: SizedPath[];
  sizeBytes: number;
  /** Sentences for people: secrets, virtual environments. */
  warnings: string[];
}

/** What would travel. Reads no content. */
export function surveyWorkingDir(dir: string): Survey {
  const files: SizedPath[] = [];
  const environments: string[] = [];
  walk(dir, '', [ignore().add(DEFAULT_EXCLUDES)], files, environments);
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const secrets = files
    .filter((file) => SECRET.test(file.path) && !NOT_SECRET.test(file.path))
    .map((file) => file.path);
  return {
    files,
    sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
    warnings: [
      ...(secrets.length > 0
        ? [
            `These look like secrets and would be uploaded: ${some(secrets)}. Name them in .rayignore to keep them here.`,
          ]
        : []),
      ...environments.map(
        (name) => `${name} is a virtual environment and would be uploaded. Name it in .rayignore.`,
      ),
    ],
  };
}

/**
 * Uploads the directory unless the cluster has it already. Returns the `gcs://` URI for `working_dir`, and the
 * survey's warnings. Fails as `working-dir-too-large`.
 */
export async function uploadWorkingDir(
  ctx: Context,
  endpoint: Endpoint,
  dir: string,
  /** What else is to lie in it, by its path there; for nobody else to read. */
  more: Record<string, Uint8Array> = {},
): Promise<{ uri: string; warnings: string[] }> {
  ctx.step('Packing the working directory');
  const survey = surveyWorkingDir(dir);
  if (survey.sizeBytes > HOPELESS_BYTES) tooLarge(dir, survey, survey.sizeBytes);
  const { entries, hash } = readAll(dir, survey, more);
  const name = `_ray_pkg_${hash}.zip`;
  const known = await rayRequest(endpoint, `/api/packages/gcs/${name}`, {
    accept: [404],
    signal: ctx.signal,
  });
  if (known.status === 404) {
    const packed = await pack(entries, ctx.signal);
    if (packed.length > UPLOAD_LIMIT_BYTES) tooLarge(dir, survey, packed.length);
    ctx.step(`Uploading the working directory (${(packed.length / 1048576).toFixed(1)} MiB)`);
    await rayRequest(endpoint, `/api/packages/gcs/${name}`, {
      method: 'PUT',
      body: packed,
      timeoutMs: 300_000,
      signal: ctx.signal,
    });
  }
  return { uri: `gcs://${name}`, warnings: survey.warnings };
}

function walk(
  root: string,
  relative: string,
  rules: Ignore[],
  files: SizedPath[],
  environments: string[],
): void {
  const here = path.join(root, relative);
  const own = ['.gitignore', '.rayignore']
    .map((name) => path.join(here, name))
    .filter((file) => existsSync(file));
  const inherited = [...rules];
  for (const file of own) inherited.push(prefixed(readFileSync(file, 'utf8'), relative));
  for (const entry of readdirSync(here, { withFileTypes: true })) {
    const name = relative ? `${relative}/${entry.name}` : entry.name;
    const full = path.join(root, name);
    const isDir = entry.isDirectory();
    if (inherited.some((rule) => rule.ignores(isDir ? `${name}/` : name))) continue;
    if (isDir) {
      if (existsSync(path.join(full, 'pyvenv.cfg'))) environments.push(name);
      walk(root, name, inherited, files, environments);
    } else {
      const sizeBytes = fileSize(full);
      if (sizeBytes !== null) files.push({ path: name, sizeBytes });
    }
  }
}

/** Rules of a nested ignore file, moved under its folder. */
function prefixed(text: string, relative: string): Ignore {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  if (relative === '') return ignore().add(lines);
  return ignore().add(
    lines.map((line) => {
      const negated = line.startsWith('!') ? '!' : '';
      const rule = negated ? line.slice(1) : line;
      const anchored = rule.replace(/\/$/, '').includes('/');
      return `${negated}/${relative}/${anchored ? '' : '**/'}${rule.replace(/^\//, '')}`;
    }),
  );
}

/** Links to files travel as what they point at; sockets, pipes and dangling links do not travel. */
function fileSize(full: string): number | null {
  try {
    const stat = lstatSync(full).isSymbolicLink() ? statSync(full) : lstatSync(full);
    return stat.isFile() ? stat.size : null;
  } catch {
    return null;
  }
}

function readAll(
  dir: string,
  survey: Survey,
  more: Record<string, Uint8Array>,
): { entries: AsyncZippable; hash: string } {
  const hash = createHash('sha256');
  const entries: AsyncZippable = {};
  for (const file of survey.files) {
    const full = path.join(dir, file.path);
    const content = readFileSync(full);
    const mode = statSync(full).mode & 0o777;
    hash.update(`${file.path}\0${mode}\0${content.length}\0`).update(content);
    // A fixed time keeps the archive equal for equal content; the upper half of attrs is the Unix mode.
    entries[file.path] = [content, { mtime: '2020-01-01T00:00:00', os: 3, attrs: (0o100000 | mode) << 16 }];
  }
  for (const [name, content] of Object.entries(more)) {
    hash.update(`${name}\0${content.length}\0`).update(content);
    entries[name] = [content, { mtime: '2020-01-01T00:00:00', os: 3, attrs: 0o100600 << 16 }];
  }
  return { entries, hash: hash.digest('hex').slice(0, 32) };
}

async function pack(entries: AsyncZippable, signal: AbortSignal): Promise<Buffer> {
  let stop = () => {};
  const packing = new Promise<Buffer>((resolve, reject) => {
    stop = zip(entries, { level: 6 }, (error, data) => (error ? reject(error) : resolve(Buffer.from(data))));
  });
  try {
    return await Promise.race([packing, whenAborted(signal)]);
  } finally {
    stop();
  }
}

function tooLarge(dir: string, survey: Survey, sizeBytes: number): never {
  return fail({
    code: 'working-dir-too-large',
    path: dir,
    sizeBytes,
    limitBytes: UPLOAD_LIMIT_BYTES,
    largest: largestEntries(survey.files),
  });
}

/** The heaviest files and top folders, five of them. */
function largestEntries(files: SizedPath[]): SizedPath[] {
  const sizes = new Map<string, number>();
  for (const file of files) {
    const top = file.path.includes('/') ? `${file.path.split('/')[0]}/` : file.path;
    sizes.set(top, (sizes.get(top) ?? 0) + file.sizeBytes);
  }
  return [...sizes]
    .map(([name, sizeBytes]) => ({ path: name, sizeBytes }))
    .sort((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, 5);
}

function some(names: string[]): string {
  return names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
}
