// `npm test`: all tests, in two streams side by side: those of clusters and editors, which often wait, and those that only
// compute. Two cores have no room for more: with samples in the second stream all of it took as long.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Of Ray alone, and of large libraries. */
const SAMPLES = 'test/cluster/samples.test.ts';
const LIBRARIES = 'test/cluster/librarySamples.test.ts';
const wanted = process.argv.slice(2);
const everything = [
  [
    { name: 'clusters', args: ['test/cluster', '--exclude', SAMPLES, '--exclude', LIBRARIES] },
    { name: 'editor', args: ['test/e2e'] },
    { name: 'samples', args: [SAMPLES] },
    { name: 'libraries', args: [LIBRARIES] },
  ],
  [{ name: 'others', args: ['test/unit', 'test/repo', 'test/browser'] }],
];

/** `npm test -- test/unit` runs what is named alone. */
const streams = wanted.length > 0 ? [[{ name: 'tests', args: wanted }]] : everything;

/** Prints its lines as they come, behind its name; returns what is to be said again at the end. */
function run({ name, args }) {
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ending = [];
  let isEnding = false;
  const take = (line) => {
    console.log(`${name.padEnd(9)} ${line}`);
    isEnding ||= /Failed (Tests|Suites)|Unhandled|Test Files/.test(line);
    if (isEnding) ending.push(line);
  };
  const ends = [child.stdout, child.stderr].map(
    (input) => new Promise((resolve) => createInterface({ input }).on('line', take).on('close', resolve)),
  );
  return new Promise((resolve) => {
    child.on('close', async (code) => {
      await Promise.all(ends);
      resolve({ name, isRight: code === 0, ending });
    });
  });
}

async function inTurn(parts) {
  const results = [];
  for (const part of parts) results.push(await run(part));
  return results;
}

const results = (await Promise.all(streams.map(inTurn))).flat();
for (const { name, ending } of results.sort((a, b) => b.isRight - a.isRight)) {
  console.log(`\n${name}`);
  console.log(ending.join('\n'));
}
process.exit(results.every(({ isRight }) => isRight) ? 0 : 1);
