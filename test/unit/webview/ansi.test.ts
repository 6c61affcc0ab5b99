import { describe, expect, it } from 'vitest';
import { parseAnsi, plainText } from '../../../webview/log/ansi';

const ESC = '\x1b[';

describe('a line with escape sequences', () => {
  it.each([
    ['plain', 'hello', [{ text: 'hello', style: {} }]],
    ['empty', '', []],
    [
      'a colour and its end',
      `${ESC}36m(train pid=1)${ESC}0m done`,
      [
        { text: '(train pid=1)', style: { fg: 'fg-6' } },
        { text: ' done', style: {} },
      ],
    ],
    ['bright on a background', `${ESC}91;44mx`, [{ text: 'x', style: { fg: 'fg-9', bg: 'fg-4' } }]],
    ['one of 256', `${ESC}38;5;208mx`, [{ text: 'x', style: { fg: 'rgb(255 135 0)' } }]],
    ['a grey of 256', `${ESC}38;5;244mx`, [{ text: 'x', style: { fg: 'rgb(128 128 128)' } }]],
    ['a true colour', `${ESC}38;2;10;20;30;1mx`, [{ text: 'x', style: { fg: 'rgb(10 20 30)', bold: true } }]],
    [
      'bold that ends while the colour goes on',
      `${ESC}1;31ma${ESC}22mb`,
      [
        { text: 'a', style: { bold: true, fg: 'fg-1' } },
        { text: 'b', style: { fg: 'fg-1' } },
      ],
    ],
    ['an empty reset', `${ESC}31m${ESC}mx`, [{ text: 'x', style: {} }]],
    ['cursor movements, dropped', `${ESC}2K${ESC}1Aup`, [{ text: 'up', style: {} }]],
    ['a hyperlink, its text kept', '\x1b]8;;http://a.b\x07text\x1b]8;;\x1b\\', [{ text: 'text', style: {} }]],
    ['a progress bar, its last state kept', '10 %\r50 %\r100 %', [{ text: '100 %', style: {} }]],
    ['a Windows line end', 'hello\r', [{ text: 'hello', style: {} }]],
    ['control characters, dropped', 'a\x07b\x00c\td', [{ text: 'abc\td', style: {} }]],
  ])('%s', (_name, line, spans) => {
    expect(parseAnsi(line)).toEqual(spans);
    expect(plainText(line)).toBe(spans.map((span) => span.text).join(''));
  });
});
