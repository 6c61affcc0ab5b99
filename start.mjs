// `npm start` on a fresh machine: installs, builds, runs a sample on a cluster of three nodes, shows the result.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

function step(title, command, args) {
  console.error(`\n— ${title}`);
  const { status, signal } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? (signal === 'SIGINT' ? 130 : 1));
}

if (!existsSync('node_modules/esbuild')) step('Installing packages', 'npm', ['ci', '--no-audit', '--no-fund']);
step('Building', process.execPath, ['esbuild.mjs']);
step('Running extension/samples/pipeline.py on a local Ray cluster', process.execPath, [
  'dist/cli.js',
  'run',
  'extension/samples/pipeline.py',
]);
if (process.stdout.isTTY) step('The run in a browser', process.execPath, ['dist/cli.js', 'ui', 'last', '--no-browser']);
else console.error('\nSee it in a browser with: node dist/cli.js ui last\nStop the cluster with: node dist/cli.js down');
