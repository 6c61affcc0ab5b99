import { expect, test } from 'vitest';
import { stepOfLine } from '../../../simulator/python/installProgress';

// Lines as pip 23 to 26 and uv 0.13 print them.
test.each([
  ['Collecting ray[default]>=2.49', 'Looking up ray'],
  ['  Downloading ray-2.60.0-cp312-cp312-manylinux2014_x86_64.whl (79.3 MB)', 'Downloading ray 79 MB'],
  ['Downloading aiohttp_cors-0.8.1-py3-none-any.whl (25 kB)', 'Downloading aiohttp_cors 25 kB'],
  ['Downloading https://files.example.org/a/b/py-spy-0.4.1.tar.gz (2.7 MB)', 'Downloading py-spy 2.7 MB'],
  ['  Building wheel for thing (pyproject.toml): started', 'Building thing'],
  ['Installing collected packages: colorful, zipp, wheel', 'Installing 3 packages'],
  ['Installing collected packages: six', 'Installing 1 package'],
  ['Downloading numpy (15.0MiB)', 'Downloading numpy 15 MiB'],
  ['Resolved 1 package in 3ms', 'Installing 1 package'],
  ['Prepared 43 packages in 404ms', 'Installing 43 packages'],
  ['   Building thing==1.2', 'Building thing'],
  ['Successfully installed six-1.17.0', null],
  ['  Using cached six-1.17.0-py2.py3-none-any.whl (11 kB)', null],
  [' Downloaded numpy', null],
  ['Requirement already satisfied: six in ./lib', null],
  ['', null],
])('%j is %j', (line, step) => {
  expect(stepOfLine(line)).toBe(step);
});
