import { describe, expect, it } from 'vitest';
import { arrangeGraph } from '../../../webview/graph/arrange';
import {
  boundsOf,
  extendLayout,
  layoutGraph,
  neighbour,
  NODE_HEIGHT,
  NODE_WIDTH,
  shapeKey,
  type GraphLayout,
  type GraphShape,
} from '../../../webview/graph/graphLayout';

const edge = (text: string) => {
  const [from, to] = text.split('>') as [string, string];
  return { from, to };
};
const shape = (nodes: string, edges: string): GraphShape => ({
  nodes: nodes.split(' '),
  edges: edges === '' ? [] : edges.split(' ').map(edge),
});

const PIPELINE = shape('main read augment train', 'main>read main>augment main>train train>train');
const WIDE = { width: 1600, height: 900 };

function overlaps(layout: GraphLayout): string[] {
  const nodes = [...layout.nodes];
  return nodes.flatMap(([a, at], index) =>
    nodes
      .slice(index + 1)
      .filter(([, other]) => Math.abs(at.x - other.x) < NODE_WIDTH && Math.abs(at.y - other.y) < NODE_HEIGHT)
      .map(([b]) => `${a} on ${b}`),
  );
}

describe('a layout', () => {
  it('has parents before their children and nothing on top of another', () => {
    const layout = layoutGraph(PIPELINE, 'LR');
    expect(overlaps(layout)).toEqual([]);
    for (const child of ['read', 'augment', 'train']) {
      expect(layout.nodes.get(child)!.x).toBeGreaterThan(layout.nodes.get('main')!.x + NODE_WIDTH);
    }
  });

  it('bears circles, functions that call themselves and edges to nowhere', () => {
    const layout = layoutGraph(shape('a b', 'a>b b>a a>a a>gone'), 'LR');
    expect([...layout.nodes.keys()]).toEqual(['a', 'b']);
    expect(overlaps(layout)).toEqual([]);
  });

  it('has functions of equal standing in the order of their first sight', () => {
    const { nodes } = layoutGraph(PIPELINE, 'LR');
    const downwards = ['train', 'read', 'augment'].sort((a, b) => nodes.get(a)!.y - nodes.get(b)!.y);
    expect(downwards).toEqual(['read', 'augment', 'train']);
  });

  it('is the same for equal shapes, whatever their order', () => {
    expect(shapeKey(shape('a b', 'a>b b>a'))).toBe(shapeKey(shape('b a', 'b>a a>b')));
    expect(shapeKey(shape('a b', 'a>b'))).not.toBe(shapeKey(shape('a b', '')));
  });
});

describe('an extension', () => {
  const old = layoutGraph(PIPELINE, 'LR');

  it.each([
    [
      'a child of a leaf',
      shape('main read augment train save', 'main>read main>augment main>train train>save'),
    ],
    [
      'one more sibling',
      shape('main read augment train test', 'main>read main>augment main>train main>test'),
    ],
    ['a stranger', shape('main read augment train alone', 'main>read main>augment main>train')],
    [
      'many at once',
      shape(
        `main read augment train ${Array.from({ length: 12 }, (_, i) => `n${i}`).join(' ')}`,
        `main>read main>augment main>train ${Array.from({ length: 12 }, (_, i) => `train>n${i}`).join(' ')}`,
      ),
    ],
  ])('by %s moves nothing and covers nothing', (_name, next) => {
    const layout = extendLayout(old, next)!;
    for (const [id, at] of old.nodes) expect(layout.nodes.get(id)).toEqual(at);
    expect([...layout.nodes.keys()].sort()).toEqual([...next.nodes].sort());
    expect(overlaps(layout)).toEqual([]);
  });

  it('forgets what is gone', () => {
    expect([...extendLayout(old, shape('main read', 'main>read'))!.nodes.keys()]).toEqual(['main', 'read']);
  });

  it('is refused when a new parent would stand behind its child', () => {
    expect(
      extendLayout(old, shape('main read augment train new', 'main>read train>new new>read')),
    ).toBeNull();
  });
});

describe('the arrangement', () => {
  it('reads from left to right where there is room', () => {
    expect(arrangeGraph(null, PIPELINE, WIDE).direction).toBe('LR');
  });

  it('reads from top to bottom where that is larger', () => {
    const chain = shape('a b c d', 'a>b b>c c>d');
    expect(arrangeGraph(null, chain, { width: 400, height: 600 }).direction).toBe('TB');
  });

  it('keeps what stands while it can be read', () => {
    const old = arrangeGraph(null, PIPELINE, WIDE);
    const next = shape('main read augment train save', 'main>read main>augment main>train train>save');
    const layout = arrangeGraph(old, next, WIDE);
    for (const [id, at] of old.nodes) expect(layout.nodes.get(id)).toEqual(at);
  });

  it('is in time for as many functions as are drawn', () => {
    const nodes = Array.from({ length: 150 }, (_, i) => `f${i}`);
    const edges = nodes.slice(1).map((to, i) => ({ from: `f${Math.floor(i / 4)}`, to }));
    const layout = arrangeGraph(null, { nodes, edges }, WIDE);
    expect(layout.nodes.size).toBe(150);
    expect(overlaps(layout)).toEqual([]);
    expect(boundsOf(layout).width).toBeGreaterThan(0);
  });
});

describe('arrow keys', () => {
  const layout = layoutGraph(PIPELINE, 'LR');
  const column = [...layout.nodes].filter(([id]) => id !== 'main').sort(([, a], [, b]) => a.y - b.y);
  const ids = column.map(([id]) => id);

  it('go to the nearest node in their direction, and stay at the border', () => {
    expect(neighbour(layout, 'main', 'right')).toBe(ids[1]);
    expect(neighbour(layout, ids[0]!, 'down')).toBe(ids[1]);
    expect(neighbour(layout, ids[2]!, 'up')).toBe(ids[1]);
    expect(neighbour(layout, ids[1]!, 'left')).toBe('main');
    expect(neighbour(layout, 'main', 'left')).toBeNull();
  });
});
