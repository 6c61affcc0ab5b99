// `npm run bench [-- NAME…]`: bundles the benches of this folder, runs those that are named (all without a name), prints
// one table. Ends with 1 when a target is missed. Every other *.ts here but harness.ts is one bench.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '..', '..');
process.chdir(root);
const names = readdirSync(here)
  .filter((file) => file.endsWith('.ts') && file !== 'harness.ts')
  .map((file) => path.basename(file, '.ts'));
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. There are: ${names.join(', ')}.`);
  process.exit(2);
}

const outdir = path.join(root, 'dist', 'bench');
await build({
  entryPoints: [...names, 'harness'].map((name) => path.join(here, `${name}.ts`)),
  outdir,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  logLevel: 'warning',
  define: { HELIOSTAT_VERSION: JSON.stringify(JSON.parse(readFileSync('package.json', 'utf8')).version) },
});
const load = createRequire(import.meta.url);
const { runBenches } = load(path.join(outdir, 'harness.js'));
const benches = (wanted.length > 0 ? wanted : names).map((name) => ({
  name,
  ...load(path.join(outdir, `${name}.js`)).bench,
}));
process.exit(await runBenches(benches));
