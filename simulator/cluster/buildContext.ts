/** What a Dockerfile takes from its folder: the files that are sent to the engine, and a name that changes with them. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { fail } from '../model/failure';

export interface BuildContext {
  /** What the Dockerfile says. */
  text: string;
  /** The folder of the Dockerfile. */
  dir: string;
  /** Relative to `dir`; the Dockerfile is one of them. */
  files: string[];
  /** The image's name; another as soon as the Dockerfile or one of the files is another. */
  image: string;
  /** The part of the name that stays. */
  repository: string;
}

/** `dockerfile` is an absolute path. Fails as `image-build-failed` when it cannot be read. */
export async function readBuildContext(dockerfile: string): Promise<BuildContext> {
  const text = await readFile(dockerfile, 'utf8').catch(() =>
    fail({ code: 'image-build-failed', dockerfile, step: 'reading it', output: 'There is no such file.' }),
  );
  const dir = path.dirname(dockerfile);
  const ignored = await readIgnored(dir);
  const found = new Map<string, string>();
  for (const source of namedSources(text)) await collect(dir, source, ignored, found);
  const own = path.basename(dockerfile);
  const hash = createHash('sha256').update(text);
  for (const [name, stamp] of [...found].sort()) hash.update(`\0${name}\0${stamp}`);
  const repository = `heliostat-build-${createHash('sha256').update(dockerfile).digest('hex').slice(0, 8)}`;
  return {
    text,
    dir,
    files: [...new Set([own, ...found.keys()])],
    image: `${repository}:${hash.digest('hex').slice(0, 12)}`,
    repository,
  };
}

/**
 * The paths that `COPY` and `ADD` take from the folder, without those of other stages and of the network; of a path
 * with a pattern in it, the folder before that.
 */
export function namedSources(dockerfile: string): string[] {
  const lines = dockerfile
    .replaceAll(/\\[ \t]*\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => /^\s*(?:COPY|ADD)\s+(.*)$/i.exec(line)?.[1])
    .filter((rest) => rest !== undefined);
  return [...new Set(lines.flatMap(sourcesOf))];
}

function sourcesOf(rest: string): string[] {
  const [, options = '', list = ''] = /^((?:--\S+\s+)*)(.*)$/.exec(rest.trim()) ?? [];
  if (/--from=/.test(options)) return [];
  const words = list.startsWith('[') ? jsonWords(list) : list.split(/\s+/);
  return words
    .slice(0, -1)
    .filter((word) => !/^(https?:|git@|<<)/.test(word))
    .map((word) => {
      const plain = word.split('/').filter((part) => part !== '' && part !== '.');
      // A variable in a path may be anything.
      const end = plain.findIndex((part) => /[*?[\]$]/.test(part));
      return (end < 0 ? plain : plain.slice(0, end)).join('/') || '.';
    });
}

function jsonWords(list: string): string[] {
  try {
    return (JSON.parse(list) as unknown[]).map(String);
  } catch {
    return [];
  }
}

async function readIgnored(dir: string): Promise<Ignore> {
  const text = await readFile(path.join(dir, '.dockerignore'), 'utf8').catch(() => '');
  // Unlike Git's, these patterns begin at the folder itself.
  const anchored = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/^(!?)\/?/, '$1/'));
  return ignore().add(anchored);
}

async function collect(dir: string, name: string, ignored: Ignore, into: Map<string, string>): Promise<void> {
  if (name !== '.' && (name.startsWith('..') || ignored.ignores(name))) return;
  const found = await stat(path.join(dir, name)).catch(() => null);
  if (found?.isDirectory()) {
    for (const entry of await readdir(path.join(dir, name)))
      if (entry !== '.git') await collect(dir, name === '.' ? entry : `${name}/${entry}`, ignored, into);
  } else if (found?.isFile()) into.set(name, `${found.size}.${found.mtimeMs}`);
}
