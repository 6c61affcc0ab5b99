import { describe, expect, test } from 'vitest';
import { remoteDefinitions } from '../../../simulator/script/remoteFunctions';

const script = `"""Doc."""
import ray
import other

@ray.remote
def decode(x):
    return x

@ray.remote(
    num_gpus=1,
)
class Trainer:
    """Doc."""

    rate = 1

    def __init__(self): pass

    @ray.method(num_returns=2)
    async def step(self, x):
        def inner(): pass

    @property
    def state(self): pass

@other.remote
def local(): pass

@other.wrap
@ray.remote
async def wrapped(): pass

def plain(): pass
def late(): pass

class Plain:
    def late(self): pass

work = ray.remote(num_cpus=2)(plain)
more = ray.remote(late)

def main():
    @ray.remote
    def nested(): pass
`;

const expected = [
  { name: 'decode', kind: 'task', line: 6 },
  { name: 'Trainer', kind: 'actor', line: 12 },
  { name: 'Trainer.__init__', kind: 'method', line: 17 },
  { name: 'Trainer.step', kind: 'method', line: 20 },
  { name: 'Trainer.state', kind: 'method', line: 24 },
  { name: 'wrapped', kind: 'task', line: 31 },
  { name: 'plain', kind: 'task', line: 33 },
  { name: 'late', kind: 'task', line: 34 },
  { name: 'nested', kind: 'task', line: 44 },
];

describe('remote definitions', () => {
  test.each([
    ['Unix', '\n'],
    ['Windows', '\r\n'],
    ['old Mac', '\r'],
  ])('with %s line ends', (_, eol) => {
    expect(remoteDefinitions(script.replaceAll('\n', eol))).toEqual(expected);
  });

  test('under other names of Ray', () => {
    const text = script.replace('import ray\n', 'import ray as r\n').replaceAll('ray.', 'r.');
    expect(remoteDefinitions(text)).toEqual(expected);
  });

  test('through an imported remote', () => {
    const text =
      'from ray import remote as far\n@far\ndef f(): pass\n@far(num_cpus=1)\nclass A:\n  def g(self): pass\n';
    expect(remoteDefinitions(text).map(({ name, line }) => [name, line])).toEqual([
      ['f', 3],
      ['A', 5],
      ['A.g', 6],
    ]);
  });

  test('none without Ray', () => {
    expect(remoteDefinitions(script.replace('import ray\n', '\n'))).toEqual([]);
    expect(remoteDefinitions('')).toEqual([]);
  });
});
