/** The page's own icons, 16 × 16, in the colour of the text: no icon font, so that the content security policy stays narrow. */
import { html, svg, type TemplateResult } from 'lit';

const strokes = {
  check: 'M3 8.5l3.2 3.2L13 4.8',
  cross: 'M4 4l8 8M12 4l-8 8',
  slash: 'M8 2.5a5.5 5.5 0 100 11 5.5 5.5 0 000-11zM4.2 4.2l7.6 7.6',
  clock: 'M8 2.5a5.5 5.5 0 100 11 5.5 5.5 0 000-11zM8 5v3.2l2.2 1.4',
  warning: 'M8 2.6L14 13H2L8 2.6zM8 6.6v3M8 11v.6',
  info: 'M8 2.5a5.5 5.5 0 100 11 5.5 5.5 0 000-11zM8 7.2v3.6M8 5.1v.7',
  error: 'M8 2.5a5.5 5.5 0 100 11 5.5 5.5 0 000-11zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4',
  unplugged:
    'M3 13l2.5-2.5M5 8l3 3-1.2 1.2a2.1 2.1 0 01-3-3L5 8zM8 5l3 3 1.2-1.2a2.1 2.1 0 00-3-3L8 5zM13 3l-1-1M6.5 9.5L7.6 8.4M8.4 10.4l1.1-1.1',
  external: 'M9 3h4v4M13 3L7.5 8.5M11 9.5V13H3V5h3.5',
  stop: 'M4.5 4.5h7v7h-7z',
  plus: 'M8 3.5v9M3.5 8h9',
  minus: 'M3.5 8h9',
  fit: 'M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3',
  tidy: 'M2.5 3.5h4v3h-4zM9.5 9.5h4v3h-4zM4.5 6.5v4.5h5',
  down: 'M8 3v9M4.5 8.5L8 12l3.5-3.5',
  up: 'M8 13V4M4.5 7.5L8 4l3.5 3.5',
  back: 'M13 8H4M7.5 4.5L4 8l3.5 3.5',
  file: 'M4 2.5h5l3 3v8H4zM9 2.5v3h3',
  reveal: 'M3 3.5v5.5h9M9 6l3 3-3 3',
  fill: 'M9.5 2.5h4v4M6.5 13.5h-4v-4M13.5 2.5L9 7M2.5 13.5L7 9',
  shrink: 'M13 7H9V3M3 9h4v4M9 7l4.5-4.5M7 9l-4.5 4.5',
  path: 'M2.5 12.5h3l3-8h5M11 2l2.5 2.5L11 7',
  tiles: 'M3 3h4v4H3zM9 3h4v4H9zM3 9h4v4H3zM9 9h4v4H9z',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  copy: 'M5.5 5.5h7v8h-7zM3.5 10.5v-8h7',
} as const;

export type IconName = keyof typeof strokes;

/** Decoration only: what it means stands beside it in words, or in its button's label. */
export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
    ${svg`<path d=${strokes[name]}></path>`}
  </svg>`;
}

/** Turns while something is under way; stands still for people who want no motion. */
export function spinner(): TemplateResult {
  return html`<svg class="icon spinner" viewBox="0 0 16 16" aria-hidden="true">
    <circle cx="8" cy="8" r="5.5" class="spinner-track"></circle>
    <path d="M8 2.5a5.5 5.5 0 015.5 5.5"></path>
  </svg>`;
}
