// Builds the four programs of the product into dist/, and copies what they read at run time.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { build, context } from 'esbuild';

const watch = process.argv.includes('--watch');
const version = JSON.parse(readFileSync('package.json', 'utf8')).version;

/** Tells engines of different builds of one version apart. */
function buildId() {
  const hash = createHash('sha256');
  for (const folder of ['simulator', 'webview']) {
    for (const file of readdirSync(folder, { recursive: true }).sort()) {
      const full = path.join(folder, file);
      if (statSync(full).isFile() && !full.includes('__pycache__'))
        hash.update(full).update(readFileSync(full));
    }
  }
  return hash.digest('hex').slice(0, 8);
}

const common = {
  bundle: true,
  minify: !watch,
  sourcemap: watch ? 'inline' : false,
  legalComments: 'none',
  logLevel: 'info',
  define: { HELIOSTAT_VERSION: JSON.stringify(`${version}+${buildId()}`) },
};
const node = {
  ...common,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // Optional native parts of dockerode's ssh transport and of ws: never needed, and absent is handled by both.
  external: ['vscode', 'cpu-features', 'bufferutil', 'utf-8-validate', '*.node'],
};
const programs = [
  { ...node, entryPoints: { extension: 'extension/extension.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { engine: 'simulator/engine/main.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { scaling: 'simulator/scaling/worker.ts' }, outdir: 'dist' },
  {
    ...node,
    entryPoints: { cli: 'simulator/cli.ts' },
    outdir: 'dist',
    banner: { js: '#!/usr/bin/env node' },
  },
  {
    ...common,
    entryPoints: { webview: 'webview/main.ts' },
    outdir: 'dist',
    format: 'iife',
    target: 'es2022',
    loader: { '.svg': 'dataurl' },
  },
];

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist', { recursive: true });
for (const folder of ['probe', 'python', 'rehearsal']) {
  for (const file of readdirSync(path.join('simulator', folder))) {
    if (file.endsWith('.py')) cpSync(path.join('simulator', folder, file), path.join('dist', folder, file));
  }
}

if (watch) for (const program of programs) await (await context(program)).watch();
else await Promise.all(programs.map((program) => build(program)));
