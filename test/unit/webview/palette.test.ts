import { describe, expect, it } from 'vitest';
import { FunctionColors, FUNCTION_COLORS } from '../../../webview/palette';
import { sampleFunction, counts, DRIVER } from '../../browser/sampleRun';

type Rgb = [number, number, number];

/** What the three kinds of colour blindness make of linear RGB (Machado 2009, full strength), and normal sight. */
const SIGHTS: Record<string, number[]> = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

const linear = (hex: string): Rgb =>
  [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as Rgb;

const seen = (sight: number[], [r, g, b]: Rgb): Rgb =>
  [0, 3, 6].map((row) =>
    Math.min(1, Math.max(0, sight[row]! * r + sight[row + 1]! * g + sight[row + 2]! * b)),
  ) as Rgb;

function oklab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

const distance = (a: Rgb, b: Rgb): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
const luminance = ([r, g, b]: Rgb): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(linear(a)), luminance(linear(b))].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const BACKGROUNDS = { light: ['#ffffff', '#f8f8f8'], dark: ['#1f1f1f', '#000000'] };
const ERRORS = { light: '#c72e0f', dark: '#f85149' };

describe.each(['light', 'dark'] as const)('the %s colours of functions', (shade) => {
  it('stand out from their background by three to one', () => {
    for (const color of FUNCTION_COLORS[shade]) {
      for (const background of BACKGROUNDS[shade])
        expect(contrast(color, background)).toBeGreaterThanOrEqual(3);
    }
  });

  it.each(Object.keys(SIGHTS))('can be told apart, and from errors, with %s', (name) => {
    const colors = [...FUNCTION_COLORS[shade], ERRORS[shade]].map((hex) =>
      oklab(seen(SIGHTS[name]!, linear(hex))),
    );
    const pairs = colors.flatMap((a, i) => colors.slice(i + 1).map((b) => distance(a, b)));
    expect(Math.min(...pairs)).toBeGreaterThan(name === 'normal' ? 0.1 : 0.07);
  });
});

it('gives a function one colour for good, in the order of first sight, and the driver none of them', () => {
  const colors = new FunctionColors();
  const [a, b] = [sampleFunction('a', { counts: counts(1) }), sampleFunction('b', { counts: counts(1) })];
  colors.learn([DRIVER, a]);
  colors.learn([DRIVER, b, a]);
  expect([colors.of(DRIVER), colors.of(a), colors.of(b)]).toEqual([
    'var(--fn-driver)',
    'var(--fn-0)',
    'var(--fn-1)',
  ]);
});
