import { describe, expect, it } from 'vitest';
import { joinArguments, splitArguments } from '../../../extension/arguments';
import { panelHtml } from '../../../extension/panelHtml';
import { readAddress, tokenKey } from '../../../extension/remoteAddress';
import { escapeMarkdown, factTable, outline, updateRows, type Row } from '../../../extension/rows';
import { sampleTitle, unusedName } from '../../../extension/sampleText';
import { mayUseRay } from '../../../extension/scriptText';
import { searchEnv } from '../../../extension/searchEnv';
import { readTarget, targetOfFailure } from '../../../extension/target';
import { tracebackLinks } from '../../../extension/tracebackLinks';

describe('arguments', () => {
  const cases: [line: string, words: string[] | null][] = [
    ['', []],
    ['  --epochs 2  ', ['--epochs', '2']],
    [`--name "two words" 'and $more'`, ['--name', 'two words', 'and $more']],
    [`a\\ b "c\\"d" 'e\\f'`, ['a b', 'c"d', 'e\\f']],
    [`x"y"z ''`, ['xyz', '']],
    ['"open', null],
  ];
  it.each(cases)('reads %j', (line, words) => {
    expect(splitArguments(line)).toEqual(words);
  });

  it('writes what it reads', () => {
    const words = ['--a=1', 'two words', "it's", '', '$HOME', 'back\\slash', '"quoted"', 'ünicode'];
    expect(splitArguments(joinArguments(words))).toEqual(words);
  });
});

describe('addresses', () => {
  const good: [typed: string, address: string][] = [
    ['http://ray.example:8265', 'http://ray.example:8265'],
    [' https://ray.example/ ', 'https://ray.example'],
    ['ray.example', 'http://ray.example:8265'],
    ['10.0.0.5:9000/jobs', 'http://10.0.0.5:9000'],
    ['http://ray.example:80', 'http://ray.example'],
    ['http://[::1]:8265', 'http://[::1]:8265'],
  ];
  it.each(good)('reads %j', (typed, address) => {
    expect(readAddress(typed)).toEqual({ address });
  });

  it.each(['http://host:8265/', ' host:8265'])('finds the token of %j', (typed) => {
    expect(tokenKey(typed)).toBe(tokenKey('http://host:8265'));
  });

  const bad = ['', 'ray://head:10001', 'ftp://x', 'http://', 'http://me:secret@host:8265', 'two words'];
  it.each(bad)('says what is wrong with %j', (typed) => {
    expect(readAddress(typed)).toHaveProperty('wrong');
  });
});

describe('links in tracebacks', () => {
  const work = '/home/me/work';
  const at = (file: string) => tracebackLinks(`  File "${file}", line 12, in step`, work)[0];

  it('cover what a person would click', () => {
    const line = '(step pid=7)   File "/home/me/a.py", line 3, in f';
    const [link] = tracebackLinks(line, work);
    expect(line.slice(link?.start, link?.end)).toBe('/home/me/a.py", line 3');
    expect(link).toMatchObject({ file: '/home/me/a.py', line: 3 });
  });

  it('lead to this machine', () => {
    expect(at('/home/me/work/a.py')?.file).toBe('/home/me/work/a.py');
    expect(at('/tmp/ray/session_1/runtime_resources/working_dir_files/_ray_pkg_0ab/sub/a.py')?.file).toBe(
      '/home/me/work/sub/a.py',
    );
    expect(at('a.py')?.file).toBe('/home/me/work/a.py');
  });

  it('are not made of what is no file', () => {
    expect(tracebackLinks('File "<string>", line 1, in <module>', work)).toEqual([]);
    expect(tracebackLinks('no traceback here, line 3', work)).toEqual([]);
  });
});

describe('the target of a command', () => {
  it('is read from menus, trees, lenses and failures alike', () => {
    const uri = { scheme: 'file', fsPath: '/a.py', toString: () => 'file:///a.py' };
    expect(readTarget([uri])).toEqual({ uri });
    expect(readTarget([{ uri, runId: 'r1' }])).toEqual({ uri, runId: 'r1' });
    expect(readTarget([{ clusterId: 'c1', children: [] }])).toEqual({ clusterId: 'c1' });
    for (const junk of [[], [undefined], [null], ['x'], [{ runId: 7, uri: 'file:///a' }]]) {
      expect(readTarget(junk)).toEqual({});
    }
  });

  it('is in some failures', () => {
    expect(targetOfFailure({ code: 'cluster-busy', id: 'c1', runs: ['r1'] })).toEqual({ clusterId: 'c1' });
    expect(targetOfFailure({ code: 'cancelled' })).toEqual({});
  });
});

describe('the page of the run panel', () => {
  const html = panelHtml({ scriptUri: 'vs:/w.js', styleUri: 'vs:/w.css', cspSource: 'vs:', nonce: 'n0nce' });
  const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? '';

  it('allows its own script, style, font and pictures, and nothing else', () => {
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'nonce-n0nce'",
      'style-src vs:',
      'font-src vs:',
      'img-src vs: data:',
    ]);
  });

  it('has no inline script or style', () => {
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).toContain('<script nonce="n0nce" src="vs:/w.js">');
    expect(html).not.toMatch(/<style|style=|\son\w+=/);
  });
});

describe('a first look at a document', () => {
  it.each(['import ray\n', 'from ray import data', '@ray.remote', '# /// script\n# ///\n', '# ray'])(
    'yes: %j',
    (text) => expect(mayUseRay(text)).toBe(true),
  );
  it.each(['', 'import array', 'x = gray', '# /// scripts', 'print("# /// script")'])('no: %j', (text) =>
    expect(mayUseRay(text)).toBe(false),
  );
});

describe('samples', () => {
  it('say their first sentence', () => {
    expect(
      sampleTitle('# /// script\n# ///\n"""A pipeline of\ntwo stages. And more.\n\nDetails.\n"""\n'),
    ).toBe('A pipeline of two stages.');
    expect(sampleTitle("'''Version 2.60 of it'''")).toBe('Version 2.60 of it');
    expect(sampleTitle('import ray\n')).toBe('');
  });

  it('are copied under a name that is free', () => {
    expect(unusedName('pi.py', ['a.py'])).toBe('pi.py');
    expect(unusedName('pi.py', ['pi.py', 'pi-2.py'])).toBe('pi-3.py');
  });
});

describe('tables of facts', () => {
  it('leave out what is not known and escape the rest', () => {
    expect(
      factTable('a_b', [
        ['x', null],
        ['y', ''],
        ['z', '<b>|'],
      ]),
    ).toBe('**a\\_b**\n\n| | |\n|---|---|\n| z | \\<b\\>\\| |');
    expect(factTable('t', [])).toBe('**t**');
    expect(escapeMarkdown('a\n  b')).toBe('a b');
  });
});

describe('the environment that is handed on', () => {
  it('is where Pythons are looked for, and no secret', () => {
    expect(searchEnv({ PATH: '/bin', VIRTUAL_ENV: undefined, RAY_AUTH_TOKEN: 's3cret' })).toEqual({
      PATH: '/bin',
    });
  });
});

describe('rows of a tree', () => {
  const row = (id: string, description = '', children: Row[] = []): Row => ({
    id,
    label: id,
    description,
    icon: 'vm',
    tooltip: '',
    context: '',
    spoken: '',
    children,
    expanded: true,
  });
  const tree = (cpu = '1 %', node = 'up'): Row[] => [
    row('a', '', [row('a1', node, [row('a1x', cpu)])]),
    row('b'),
  ];

  it('are drawn again only where they changed, as the same objects', () => {
    const drawn = tree();
    const node = drawn[0]!.children[0]!;
    expect(updateRows(drawn, tree())).toEqual([]);
    expect(updateRows(drawn, tree('2 %'))).toEqual([row('a1x', '2 %')]);
    expect(updateRows(drawn, tree('3 %', 'down'))).toEqual([node]);
    expect(drawn).toEqual(tree('3 %', 'down'));
    expect(drawn[0]!.children[0]).toBe(node);
  });

  it('are not drawn again for a tooltip, which is asked for when it is shown', () => {
    const drawn = [row('a')];
    expect(updateRows(drawn, [{ ...row('a'), tooltip: 'new' }])).toEqual([]);
    expect(drawn[0]!.tooltip).toBe('new');
  });

  it('are read anew where some came, went or moved', () => {
    const drawn = tree();
    const [a, b] = drawn;
    expect(updateRows(drawn, [row('b'), ...tree().slice(0, 1)])).toBe('all');
    expect(drawn[0]).toBe(b);
    expect(updateRows(drawn, [row('b'), row('a', '', [])])).toEqual([a]);
    expect(updateRows(drawn, [])).toBe('all');
    expect(updateRows(drawn, tree())).toBe('all');
    expect(drawn).toEqual(tree());
  });

  it('have an outline that follows states, not numbers', () => {
    expect(outline(tree('2 %'))).toBe(outline(tree('1 %')));
    expect(outline([row('a')])).not.toBe(outline(tree()));
    expect(outline([{ ...row('a'), icon: 'error' }])).not.toBe(outline([row('a')]));
  });

  it('lose what they no longer have', () => {
    const drawn = [{ ...row('a'), command: { id: 'x', title: 'X' } }];
    expect(updateRows(drawn, [row('a')])).toHaveLength(1);
    expect(drawn).toEqual([row('a')]);
  });
});
