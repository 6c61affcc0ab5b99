/** What a launch configuration may say about where to run and where to dial in. */
import { expect, it } from 'vitest';
import { readDialTo, runRequest } from '../../../simulator/debug/launchArguments';

it('runs on any Ray address, with its token', () => {
  const address = 'http://10.0.0.5:8265';
  const asked = { program: '/a.py', address, token: 't' };
  expect(runRequest(asked).target).toEqual({ kind: 'address', address, token: 't' });
  expect(runRequest({ program: '/a.py', address }).target).toEqual({ kind: 'address', address });
});

it.each([
  [undefined, null],
  ['laptop.lan', { host: 'laptop.lan', port: 0 }],
  ['10.0.0.5:5678', { host: '10.0.0.5', port: 5678 }],
  ['[fd00::5]:5678', { host: 'fd00::5', port: 5678 }],
])('takes %s as the address that nodes dial', (text, read) => {
  expect(readDialTo(text)).toEqual(read);
});

it.each(['', 'a b', 'fd00::5', '10.0.0.5:', '10.0.0.5:70000', 'http://10.0.0.5'])('refuses %s', (text) => {
  expect(() => readDialTo(text)).toThrow();
});
