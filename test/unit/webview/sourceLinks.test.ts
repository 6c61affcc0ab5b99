import { expect, it } from 'vitest';
import { sourceLinks } from '../../../webview/log/sourceLinks';

const WORKING_DIR = '/home/ada/project';

it.each([
  ['  File "/home/ada/a.py", line 12, in main', [{ file: '/home/ada/a.py', line: 12 }]],
  ['(train pid=7)   File "/x/b.py", line 3, in f', [{ file: '/x/b.py', line: 3 }]],
  [
    'File "/tmp/ray/session_1/runtime_resources/working_dir_files/_ray_pkg_0a1b2c/src/c.py", line 4',
    [{ file: '/home/ada/project/src/c.py', line: 4 }],
  ],
  ['File "<stdin>", line 1', []],
  ['no link here', []],
])('%s', (text, places) => {
  const links = sourceLinks(text, WORKING_DIR);
  expect(links.map(({ file, line }) => ({ file, line }))).toEqual(places);
  for (const link of links) expect(text.slice(link.start, link.end)).toMatch(/^File ".*", line \d+$/);
});
