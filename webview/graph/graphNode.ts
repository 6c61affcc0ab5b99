/** One function as a node of the task graph. */
import { nothing, svg, type SVGTemplateResult } from 'lit';
import type { FunctionSummary } from '../../simulator/model/trace';
import * as format from '../format';
import { countsSentence, kindWord, segments, stateWords } from '../taskStates';
import { fitText, fitWords, textWidth } from '../textMeasure';
import { NODE_HEIGHT, NODE_WIDTH, type Point } from './graphLayout';
import { styled } from '../styled';

export interface GraphNode {
  fn: FunctionSummary;
  at: Point;
  color: string;
  gpu: string;
  selected: boolean;
  /** Neither selected nor joined to what is. */
  faded: boolean;
  /** Whether Tab comes here. */
  tabStop: boolean;
}

const LEFT = 15;
const RIGHT = NODE_WIDTH - 12;
const INNER = RIGHT - LEFT;
const NAME_FONT = '600 13px';
const SMALL_FONT = '11px';
const CHIP_FONT = '10px';
const SEPARATOR = ' · ';

export function graphNode(node: GraphNode): SVGTemplateResult {
  const { fn, at } = node;
  const classes = ['node', fn.kind];
  if (node.selected) classes.push('selected');
  if (node.faded) classes.push('faded');
  if (fn.counts.failed > 0) classes.push('has-failed');
  if (fn.counts.running > 0) classes.push('is-running');
  const total = format.shortCount(fn.counts.total);
  const nameRoom = INNER - textWidth(total, NAME_FONT) - 10;
  const position = { transform: `translate(${at.x - NODE_WIDTH / 2}px, ${at.y - NODE_HEIGHT / 2}px)` };
  return svg`<g
    class=${classes.join(' ')}
    data-id=${fn.id}
    ${styled(position)}
    role="button"
    aria-pressed=${node.selected ? 'true' : 'false'}
    aria-label=${describe(node)}
    tabindex=${node.tabStop ? '0' : '-1'}
  >
    <title>${fn.fullName}</title>
    <rect class="node-box" width=${NODE_WIDTH} height=${NODE_HEIGHT} rx="5"></rect>
    <path class="node-band" d=${BAND} ${styled({ fill: node.color })}></path>
    <text class="node-name" x=${LEFT} y="21">${fitText(fn.name, NAME_FONT, nameRoom)}</text>
    ${fn.kind === 'driver' ? nothing : svg`<text class="node-total" x=${RIGHT} y="21">${total}</text>`}
    <text class="node-small" x=${LEFT} y="38">${fitText(secondLine(fn), SMALL_FONT, INNER)}</text>
    ${bar(fn)}
    ${lastLine(node)}
  </g>`;
}

const BAND = `M5 0H4.5V${NODE_HEIGHT}H5A5 5 0 010 ${NODE_HEIGHT - 5}V5A5 5 0 015 0z`;

function describe({ fn, gpu }: GraphNode): string {
  const parts = [`${fn.name}, ${kindWord(fn.kind)}`, countsSentence(fn.counts)];
  if (fn.p50Ms !== null) parts.push(`median ${format.duration(fn.p50Ms)}`);
  if (gpu !== '') parts.push(gpu);
  return parts.join('; ');
}

function secondLine(fn: FunctionSummary): string {
  if (fn.p50Ms === null) return kindWord(fn.kind);
  const measured = `p50 ${format.duration(fn.p50Ms)}`;
  const tail = fn.p95Ms === null || fn.counts.total < 2 ? '' : `${SEPARATOR}p95 ${format.duration(fn.p95Ms)}`;
  return `${kindWord(fn.kind)}${SEPARATOR}${measured}${tail}`;
}

function bar(fn: FunctionSummary): SVGTemplateResult {
  return svg`<rect class="bar-track" x=${LEFT} y="48" width=${INNER} height="4" rx="1"></rect>${segments(
    fn.counts,
  ).map(
    ({ state, start, size }) =>
      svg`<rect class="bar-${state}" x=${LEFT + start * INNER} y="48" width=${Math.max(1, size * INNER - 1)} height="4" rx="1"></rect>`,
  )}`;
}

function lastLine({ fn, gpu }: GraphNode): SVGTemplateResult {
  const chipWidth = gpu === '' ? 0 : textWidth(gpu, CHIP_FONT) + 12;
  const words = fitWords(stateWords(fn.counts), SEPARATOR, SMALL_FONT, INNER - chipWidth - 8);
  return svg`<text class="node-small" x=${LEFT} y="68">${words.map(
    (word, index) =>
      svg`<tspan class=${word.endsWith('failed') ? 'failed-word' : ''}>${index > 0 ? SEPARATOR : ''}${word}</tspan>`,
  )}</text>${
    gpu === ''
      ? nothing
      : svg`<rect class="chip" x=${RIGHT - chipWidth} y="57" width=${chipWidth} height="15" rx="7.5"></rect>
          <text class="chip-text" x=${RIGHT - chipWidth / 2} y="68">${gpu}</text>`
  }`;
}
