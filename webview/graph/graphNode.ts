/** One group of tasks as a node of the task graph. */
import { nothing, svg, type SVGTemplateResult } from 'lit';
import type { FunctionSummary } from '../../simulator/model/trace';
import * as format from '../../simulator/model/format';
import { countsSentence, kindWord, openStates, segments, type StateWords } from '../taskStates';
import { fitText, fitWords, textWidth } from '../textMeasure';
import { NODE_HEIGHT, NODE_WIDTH, type Point } from './graphLayout';
import { styled } from '../styled';

export interface GraphNode {
  /** Of the group. */
  id: string;
  /** With the counts and durations of the group. */
  fn: FunctionSummary;
  /** Who submitted it, where its function stands in the graph more than once; else empty. */
  submitter: string;
  at: Point;
  color: string;
  gpu: string;
  words: StateWords;
  selected: boolean;
  /** On the critical path, which is lit. */
  critical: boolean;
  /** Neither selected nor joined to what is. */
  faded: boolean;
  /** Whether Tab comes here. */
  tabStop: boolean;
  /** Seen from far: the name, what matters most and the bar, in large letters. */
  compact: boolean;
}

const LEFT = 15;
const RIGHT = NODE_WIDTH - 12;
const INNER = RIGHT - LEFT;
const NAME_FONT = '600 13px';
const FAR_NAME_FONT = '600 22px';
const SMALL_FONT = '11px';
const FAR_SMALL_FONT = '17px';
const CHIP_FONT = '10px';
const SEPARATOR = ' · ';
const SPARK = { width: 48, height: 13, bottom: 40 };

export function graphNode(node: GraphNode): SVGTemplateResult {
  const { fn, at } = node;
  const classes = ['node', fn.kind];
  if (node.selected) classes.push('selected');
  if (node.faded) classes.push('faded');
  if (node.critical) classes.push('critical');
  if (fn.counts.failed > 0) classes.push('has-failed');
  if (fn.counts.running > 0) classes.push('is-running');
  const position = { transform: `translate(${at.x - NODE_WIDTH / 2}px, ${at.y - NODE_HEIGHT / 2}px)` };
  return svg`<g
    class=${classes.join(' ')}
    data-id=${node.id}
    ${styled(position)}
    role="button"
    aria-pressed=${node.selected ? 'true' : 'false'}
    aria-label=${describe(node)}
    tabindex=${node.tabStop ? '0' : '-1'}
  >
    <title>${fn.fullName}${node.submitter === '' ? '' : `, submitted by ${node.submitter}`}</title>
    <rect class="node-box" width=${NODE_WIDTH} height=${NODE_HEIGHT} rx="5"></rect>
    <path class="node-band" d=${BAND} ${styled({ fill: node.color })}></path>
    ${node.compact ? farContent(node) : nearContent(node)}
  </g>`;
}

function nearContent(node: GraphNode): SVGTemplateResult {
  const { fn } = node;
  const total = fn.kind === 'driver' ? '' : format.shortCount(fn.counts.total);
  const nameRoom = INNER - textWidth(total, NAME_FONT) - 10;
  return svg`<text class="node-name" x=${LEFT} y="21">${fitText(fn.name, NAME_FONT, nameRoom)}</text>
    <text class="node-total" x=${RIGHT} y="21">${total}</text>
    <text class="node-small" x=${LEFT} y="38">${secondLine(node)}</text>
    ${spark(fn, node.color)}
    ${bar(fn, { y: 48, height: 4 })}
    ${lastLine(node)}`;
}

function farContent({ fn, words: names }: GraphNode): SVGTemplateResult {
  const parts = fn.kind === 'driver' ? [] : [format.shortCount(fn.counts.total)];
  parts.push(...openStates(fn.counts, names).filter(isFailure));
  if (fn.p50Ms !== null) parts.push(`p50 ${format.duration(fn.p50Ms)}`);
  const words = fitWords(parts, SEPARATOR, FAR_SMALL_FONT, INNER);
  return svg`<text class="node-name" x=${LEFT} y="28">${fitText(fn.name, FAR_NAME_FONT, INNER)}</text>
    <text class="node-small" x=${LEFT} y="52">${inWords(words)}</text>
    ${bar(fn, { y: 64, height: 8 })}`;
}

const BAND = `M5 0H4.5V${NODE_HEIGHT}H5A5 5 0 010 ${NODE_HEIGHT - 5}V5A5 5 0 015 0z`;

function describe({ fn, submitter, gpu, words }: GraphNode): string {
  const parts = [`${fn.name}, ${kindWord(fn.kind)}`, countsSentence(fn.counts, words)];
  if (submitter !== '') parts.push(`submitted by ${submitter}`);
  if (fn.p50Ms !== null) parts.push(`median ${format.duration(fn.p50Ms)}`);
  if (gpu !== '') parts.push(gpu);
  return parts.join('; ');
}

function secondLine({ fn, submitter }: GraphNode): string {
  const parts = fn.kind === 'task' && fn.p50Ms !== null ? [] : [kindWord(fn.kind)];
  if (submitter !== '') parts.unshift(`by ${submitter}`);
  if (fn.p50Ms !== null) parts.push(`p50 ${format.duration(fn.p50Ms)}`);
  if (fn.p95Ms !== null && fn.counts.total > 1) parts.push(`p95 ${format.duration(fn.p95Ms)}`);
  const room = fn.spark === null ? INNER : INNER - SPARK.width - 8;
  return fitWords(parts, SEPARATOR, SMALL_FONT, room).join(SEPARATOR);
}

/** How its durations are spread, short ones at the left; each bar is 1.4 times as long as the one before it. */
function spark(fn: FunctionSummary, color: string): SVGTemplateResult | typeof nothing {
  if (fn.spark === null || fn.counts.total < 2) return nothing;
  const { counts } = fn.spark;
  const most = Math.max(...counts);
  const step = Math.min(5, SPARK.width / counts.length);
  return svg`<g class="node-spark" ${styled({ fill: color })}>${counts.map((count, i) => {
    const height = count === 0 ? 0 : Math.max(1.5, (count / most) * SPARK.height);
    return svg`<rect x=${RIGHT - (counts.length - i) * step} y=${SPARK.bottom - height} width=${Math.max(1, step - 1)} height=${height}></rect>`;
  })}</g>`;
}

function bar(fn: FunctionSummary, at: { y: number; height: number }): SVGTemplateResult {
  return svg`<rect class="bar-track" x=${LEFT} y=${at.y} width=${INNER} height=${at.height} rx="1"></rect>${segments(
    fn.counts,
  ).map(
    ({ state, start, size }) =>
      svg`<rect class="bar-${state}" x=${LEFT + start * INNER} y=${at.y} width=${Math.max(1, size * INNER - 1)} height=${at.height} rx="1"></rect>`,
  )}`;
}

function lastLine({ fn, gpu, words: names }: GraphNode): SVGTemplateResult {
  const chipWidth = gpu === '' ? 0 : textWidth(gpu, CHIP_FONT) + 12;
  const words = fitWords(openStates(fn.counts, names), SEPARATOR, SMALL_FONT, INNER - chipWidth - 8);
  return svg`<text class="node-small" x=${LEFT} y="68">${inWords(words)}</text>${
    gpu === ''
      ? nothing
      : svg`<rect class="chip ${gpu.endsWith('simulated') ? 'simulated' : ''}" x=${RIGHT - chipWidth} y="57" width=${chipWidth} height="15" rx="7.5"></rect>
          <text class="chip-text" x=${RIGHT - chipWidth / 2} y="68">${gpu}</text>`
  }`;
}

const isFailure = (word: string): boolean => word.endsWith('failed');

function inWords(words: string[]): SVGTemplateResult[] {
  return words.map(
    (word, index) =>
      svg`<tspan class=${isFailure(word) ? 'failed-word' : ''}>${index > 0 ? SEPARATOR : ''}${word}</tspan>`,
  );
}
