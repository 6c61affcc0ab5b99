/** Which theme the page is in. In VS Code the workbench says it on the body; in a browser the system does. */
import { applyPalette } from './palette';

export type Theme = 'light' | 'dark' | 'hc-light' | 'hc-dark';

const VSCODE_THEMES: Record<string, Theme> = {
  'vscode-light': 'light',
  'vscode-dark': 'dark',
  'vscode-high-contrast': 'hc-dark',
  'vscode-high-contrast-light': 'hc-light',
};

/** Keeps `data-theme`, `data-host` and the palette right; `onChange` also runs when VS Code's colours change. */
export function watchTheme(host: 'vscode' | 'browser', onChange: () => void): void {
  const root = document.documentElement;
  root.dataset['host'] = host;
  const apply = (): void => {
    const theme = host === 'vscode' ? vsCodeTheme() : systemTheme();
    root.dataset['theme'] = theme;
    applyPalette(root, theme === 'light' || theme === 'hc-light' ? 'light' : 'dark');
  };
  apply();
  const changed = (): void => {
    apply();
    onChange();
  };
  if (host === 'vscode') {
    // Setting our own variables also writes to the root's style, hence the body alone is observed: it changes with it.
    new MutationObserver(changed).observe(document.body, {
      attributes: true,
      attributeFilter: ['class', 'data-vscode-theme-kind', 'data-vscode-theme-id'],
    });
    return;
  }
  for (const query of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)']) {
    matchMedia(query).addEventListener('change', changed);
  }
}

/** The value of a CSS variable as canvases need it. */
export function cssColor(element: Element, variable: string): string {
  return getComputedStyle(element).getPropertyValue(variable).trim();
}

function vsCodeTheme(): Theme {
  return VSCODE_THEMES[document.body.dataset['vscodeThemeKind'] ?? ''] ?? 'dark';
}

function systemTheme(): Theme {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const contrast = matchMedia('(prefers-contrast: more)').matches;
  if (contrast) return dark ? 'hc-dark' : 'hc-light';
  return dark ? 'dark' : 'light';
}
