/** One line of the log as a template: colours, links to source lines, and what the filter looks for. */
import { html, nothing, type TemplateResult } from 'lit';
import { classMap } from 'lit/directives/class-map.js';
import { parseAnsi, type Span, type Style } from './ansi';
import { sourceLinks, type SourceLink } from './sourceLinks';
import { styled } from '../styled';

export interface LineContext {
  workingDir: string;
  /** Lower case; empty for none. */
  needle: string;
  openSource(link: SourceLink, anchor: Element): void;
}

/** Longer lines are cut: a page does not get quicker by laying out a megabyte in one row. */
const MAX_UNITS = 4000;

interface Range {
  start: number;
  end: number;
  link?: SourceLink;
}

export function lineTemplate(raw: string, context: LineContext): TemplateResult | typeof nothing {
  const line = raw.length > MAX_UNITS ? `${raw.slice(0, MAX_UNITS)} …` : raw;
  const spans = parseAnsi(line);
  if (spans.length === 0) return nothing;
  const text = spans.map((span) => span.text).join('');
  const links: Range[] = sourceLinks(text, context.workingDir).map((link) => ({ ...link, link }));
  const marks = context.needle === '' ? [] : occurrences(text, context.needle);
  if (links.length === 0 && marks.length === 0) return html`${spans.map(spanTemplate)}`;
  return html`${cut(spans, links).map((group) => {
    const inner = cut(group.spans, shift(marks, group.start)).map((part) =>
      part.range ? html`<mark>${part.spans.map(spanTemplate)}</mark>` : part.spans.map(spanTemplate),
    );
    const link = group.range?.link;
    return link ? linkTemplate(link, inner, context) : inner;
  })}`;
}

function linkTemplate(link: SourceLink, content: unknown, context: LineContext): TemplateResult {
  const open = (event: Event): void => context.openSource(link, event.currentTarget as Element);
  return html`<button class="link" title="Open ${link.file}:${link.line}" @click=${open}>${content}</button>`;
}

function spanTemplate(span: Span): TemplateResult | string {
  const { fg, bg, ...flags } = span.style;
  if (fg === undefined && bg === undefined && Object.keys(flags).length === 0) return span.text;
  return html`<span class=${classMap(classesOf(span.style))} ${styled(colorsOf(span.style))}
    >${span.text}</span
  >`;
}

function classesOf(style: Style): Record<string, boolean> {
  const classes: Record<string, boolean> = {
    bold: style.bold ?? false,
    dim: style.dim ?? false,
    italic: style.italic ?? false,
    underline: style.underline ?? false,
    inverse: style.inverse ?? false,
  };
  if (style.fg?.startsWith('fg-')) classes[style.fg] = true;
  if (style.bg?.startsWith('fg-')) classes[`bg-${style.bg.slice(3)}`] = true;
  return classes;
}

function colorsOf(style: Style): Record<string, string> {
  const colors: Record<string, string> = {};
  if (style.fg !== undefined && !style.fg.startsWith('fg-')) colors['color'] = style.fg;
  if (style.bg !== undefined && !style.bg.startsWith('fg-')) colors['background-color'] = style.bg;
  return colors;
}

function occurrences(text: string, needle: string): Range[] {
  const lower = text.toLowerCase();
  const ranges: Range[] = [];
  for (let at = lower.indexOf(needle); at !== -1; at = lower.indexOf(needle, at + needle.length)) {
    ranges.push({ start: at, end: at + needle.length });
  }
  return ranges;
}

function shift(ranges: readonly Range[], by: number): Range[] {
  return ranges.map((range) => ({ start: range.start - by, end: range.end - by }));
}

interface Group {
  start: number;
  range: Range | null;
  spans: Span[];
}

/** The spans in groups: each range (ordered, disjoint) and what lies between them. */
function cut(spans: readonly Span[], ranges: readonly Range[]): Group[] {
  const length = spans.reduce((sum, span) => sum + span.text.length, 0);
  const groups: Group[] = [];
  let at = 0;
  const add = (start: number, end: number, range: Range | null): void => {
    if (end > start) groups.push({ start, range, spans: slice(spans, start, end) });
  };
  for (const range of ranges) {
    const start = Math.max(at, range.start);
    const end = Math.min(length, range.end);
    if (end <= start) continue;
    add(at, start, null);
    add(start, end, range);
    at = end;
  }
  add(at, length, null);
  return groups;
}

function slice(spans: readonly Span[], start: number, end: number): Span[] {
  const parts: Span[] = [];
  let at = 0;
  for (const span of spans) {
    const text = span.text.slice(Math.max(0, start - at), Math.max(0, end - at));
    if (text !== '') parts.push({ text, style: span.style });
    at += span.text.length;
  }
  return parts;
}
