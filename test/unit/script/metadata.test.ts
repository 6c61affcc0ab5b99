import { describe, expect, test } from 'vitest';
import { checkScript } from '../../../simulator/script/check';
import { applyFix, check, hostCpus } from './marked';

function args(text: string): string[] | undefined {
  return checkScript(text, { hostCpus }).spec.args;
}

const ours = '# [tool.heliostat]\n# args = ["a"]\n';

describe('where the block is', () => {
  test.each([
    ['at the top', `# /// script\n${ours}# ///\n`],
    [
      'after a shebang and an encoding',
      `#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n# /// script\n${ours}# ///\n`,
    ],
    ['after code', `import os\n\n# /// script\n${ours}# ///\nprint(1)\n`],
    ['at the very end, without a line end', `# /// script\n${ours}# ///`],
    ['with Windows line ends', `# /// script\n${ours}# ///\n`.replaceAll('\n', '\r\n')],
    ['with a byte order mark', `\ufeff# /// script\n${ours}# ///\n`],
    ['with empty comment lines in it', `# /// script\n#\n${ours}#\n# ///\n`],
    ['with a block of another type before it', `# /// other\n# x = [\n# ///\n\n# /// script\n${ours}# ///\n`],
    ['with comments right behind it', `# /// script\n${ours}# ///\n# not ours = [\n`],
    [
      'with a closing line inside a string',
      `# /// script\n${ours}# env = { A = """\n# ///\n# """ }\n# ///\n`,
    ],
  ])('%s', (_, text) => {
    const result = checkScript(text, { hostCpus });
    expect(result.diagnostics.filter(({ code }) => code.startsWith('block'))).toEqual([]);
    expect(result.spec.args).toEqual(['a']);
  });

  test.each([
    ['no block', 'print(1)\n'],
    ['an indented one', `if 1:\n    # /// script\n    ${ours}    # ///\n`],
    ['an empty file', ''],
    ['one inside another type', '# /// other\n# /// script\n# [tool.heliostat]\n# args = ["a"]\n# ///\n'],
    ['only another type', '# /// other\n# [tool.heliostat]\n# args = ["a"]\n# ///\n'],
  ])('%s gives nothing', (_, text) => expect(args(text)).toBeUndefined());
});

describe('blocks that are not read', () => {
  test('a second block is an error, and the first one counts', () => {
    const { result } = check(
      `# /// script\n${ours}# ///\n\n«# /// script»\n# [tool.heliostat]\n# args = ["b"]\n# ///\n`,
      {
        code: 'block-twice',
        says: 'line 1',
      },
    );
    expect(result.spec.args).toEqual(['a']);
  });

  test('opened again right behind its end', () => {
    check(`# /// script\n${ours}# ///\n«# /// script»\n# ///\n`, 'block-twice');
  });

  test('opened again before its end', () => {
    check(`# /// script\n«# /// script»\n${ours}# ///\n`, 'block-twice');
  });

  test('a second one that does not close', () => {
    check(`# /// script\n${ours}# ///\nx = 1\n«# /// script»\n`, 'block-twice');
  });

  test.each([
    ['not closed', `«# /// script»\n${ours}import ray\n`, 'block-unclosed'],
    ['not closed at the end of the file', `«# /// script»\n${ours}#`, 'block-unclosed'],
    ['an empty line in it', `# /// script\n«»\n${ours}# ///\n`, 'block-line'],
    ['a line without the blank', `# /// script\n# [tool.heliostat]\n«#args = ["a"]»\n# ///\n`, 'block-line'],
    ['an indented line', `# /// script\n# [tool.heliostat]\n«  # args = ["a"]»\n# ///\n`, 'block-line'],
    ['a tab behind the sign', `# /// script\n# [tool.heliostat]\n«#\targs = ["a"]»\n# ///\n`, 'block-line'],
    ['a blank behind the closing line', `# /// script\n${ours}«# /// »\n`, 'block-closing'],
    ['no blank in the closing line', `# /// script\n${ours}«#///»\n`, 'block-closing'],
    ['no blank in the opening line', `«#/// script»\n${ours}# ///\n`, 'block-opening'],
    ['a blank behind the opening line', `«# /// script »\n${ours}# ///\n`, 'block-opening'],
    ['Script', `«# /// Script»\n${ours}# ///\n`, 'block-opening'],
  ])('%s: the fix makes it read', (_, marked, code) => {
    const { text, result } = check(marked, code);
    expect(result.spec.args).toBeUndefined();
    const fixed = applyFix(text, result.diagnostics[0]?.fixes[0]);
    expect(checkScript(fixed, { hostCpus }).diagnostics).toEqual([]);
    expect(args(fixed)).toEqual(['a']);
  });

  test('with Windows line ends, the added line has one too', () => {
    const { text, result } = check(
      `«# /// script»\n${ours}x = 1\n`.replaceAll('\n', '\r\n').replace('»\r', '»\r'),
      'block-unclosed',
    );
    const fixed = applyFix(text, result.diagnostics[0]?.fixes[0]);
    expect(fixed).toContain('\r\n# ///\r\nx = 1');
    expect(args(fixed)).toEqual(['a']);
  });
});
