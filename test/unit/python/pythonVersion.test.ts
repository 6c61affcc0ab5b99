import { expect, test } from 'vitest';
import { allowsPython, compareVersions, minorOf } from '../../../simulator/base/pythonVersion';

test.each([
  [undefined, '3.9.1', true],
  ['', '3.9.1', true],
  ['>=3.10', '3.10.0', true],
  ['>=3.10', '3.9.18', false],
  ['>= 3.10 , < 4', '3.13.0', true],
  ['>=3.10,<3.12', '3.12.0', false],
  ['>3.10', '3.10.1', true],
  ['<=3.12', '3.12.1', false],
  ['==3.12.*', '3.12.7', true],
  ['==3.12.*', '3.1.2', false],
  ['==3.12', '3.12.0', true],
  ['==3.12', '3.12.1', false],
  ['===3.12.1', '3.12.1', true],
  ['!=3.12.*', '3.12.4', false],
  ['!=3.12.4', '3.12.5', true],
  ['~=3.11', '3.14.0', true],
  ['~=3.11', '3.10.9', false],
  ['~=3.11.2', '3.11.9', true],
  ['~=3.11.2', '3.12.0', false],
  ['>=3.13.0rc1', '3.13.0', true],
  ['3.12', '3.12.0', false],
  ['new enough', '3.12.0', false],
])('requires-python %j and Python %s: %s', (specifier, version, allowed) => {
  expect(allowsPython(specifier, version)).toBe(allowed);
});

test.each([
  ['2.49', '2.49.0', 0],
  ['2.9.3', '2.49.0', -40],
  ['2.60.0rc1', '2.60.0', 0],
  ['3.0.0.dev0', '2.60.0', 1],
])('%s against %s', (a, b, order) => {
  expect(compareVersions(a, b)).toBe(order);
});

test('a minor version is the first two numbers', () => {
  expect(minorOf('3.12.1')).toBe('3.12');
});
