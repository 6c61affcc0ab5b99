/**
 * One colour per function, the same in every view. Both sets were searched for: at least 3:1 against the background and
 * the largest smallest distance between any two, and to the error colour, for normal sight and for the three kinds of
 * colour blindness. `palette.test.ts` holds them to it. No view relies on colour alone.
 */
import type { FunctionSummary } from '../simulator/model/trace';

export const FUNCTION_COLORS = {
  light: ['#3a5dc7', '#aa8344', '#115148', '#9d74e8', '#606d46', '#139596', '#8e4085', '#481b8b'],
  dark: ['#afc6ff', '#f19d46', '#84f7ce', '#af87fd', '#e7e447', '#54aca9', '#9e5e75', '#506ec9'],
} as const;

const SIZE = FUNCTION_COLORS.light.length;

/** Sets `--fn-0` … on the page; all colours of functions are references to these. */
export function applyPalette(root: HTMLElement, shade: 'light' | 'dark'): void {
  FUNCTION_COLORS[shade].forEach((color, index) => root.style.setProperty(`--fn-${index}`, color));
}

/** Gives functions colours in the order of their first sight; the driver is neutral. */
export class FunctionColors {
  private readonly indices = new Map<string, number>();

  /** A CSS colour; that of the driver for what has no function. */
  of(fn: FunctionSummary | undefined): string {
    if (!fn || fn.kind === 'driver') return 'var(--fn-driver)';
    let index = this.indices.get(fn.id);
    if (index === undefined) {
      index = this.indices.size % SIZE;
      this.indices.set(fn.id, index);
    }
    return `var(--fn-${index})`;
  }

  /** Gives colours in the list's order, so that a view that draws in another order does not decide. */
  learn(functions: readonly FunctionSummary[]): void {
    for (const fn of functions) this.of(fn);
  }
}
