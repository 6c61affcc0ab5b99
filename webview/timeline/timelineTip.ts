/** What is under the pointer, in words. */
import { html, nothing, render } from 'lit';
import type { NodeSeries } from '../../simulator/model/trace';
import type { TaskDetails } from '../../simulator/model/views';
import * as format from '../../simulator/model/format';
import { styled } from '../styled';
import { placeOf, taskSentences } from '../tasks/taskWords';
import type { FoundSlice } from './sliceAt';

export interface TipModel {
  name: string;
  color: string;
  found: FoundSlice;
  details: TaskDetails | null;
  nodes: readonly NodeSeries[];
  nowMs: number;
  /** Of the room that it must stay in. */
  width: number;
  height: number;
}

const AWAY_PX = 14;

export class TimelineTip {
  private readonly element = document.createElement('div');

  constructor(parent: HTMLElement) {
    this.element.className = 'timeline-tip';
    this.element.setAttribute('role', 'tooltip');
    this.element.hidden = true;
    parent.append(this.element);
  }

  show(at: { x: number; y: number }, model: TipModel): void {
    render(
      html`<p class="tip-name">
          <span class="swatch" ${styled({ background: model.color })}></span>${model.name}
        </p>
        ${tipLines(model).map((line) => html`<p>${line}</p>`)}
        ${
          model.details?.task.error
            ? html`<p class="failed-word tip-error">${model.details.task.error}</p>`
            : nothing
        }`,
      this.element,
    );
    this.place(at, model);
  }

  /** Plain words. */
  say(at: { x: number; y: number }, words: string, room: { width: number; height: number }): void {
    render(html`<p>${words}</p>`, this.element);
    this.place(at, room);
  }

  hide(): void {
    this.element.hidden = true;
  }

  private place(at: { x: number; y: number }, room: { width: number; height: number }): void {
    this.element.hidden = false;
    const { offsetWidth, offsetHeight } = this.element;
    const right = at.x + AWAY_PX;
    const below = at.y + AWAY_PX;
    const left = right + offsetWidth > room.width - 4 ? Math.max(4, at.x - AWAY_PX - offsetWidth) : right;
    const top = below + offsetHeight > room.height - 4 ? Math.max(4, at.y - AWAY_PX - offsetHeight) : below;
    this.element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }
}

function tipLines({ found, details, nodes, nowMs }: TipModel): string[] {
  if (found.count > 1) {
    return [
      `${format.count(found.count)} tasks within ${format.duration(found.toMs - found.fromMs)}`,
      'Zoom in to see each',
    ];
  }
  if (!details) return [format.duration(found.toMs - found.fromMs)];
  const sentences = taskSentences(details, nodes, nowMs);
  if (details.task.cpuMs !== null) sentences.push(`CPU time ${format.duration(details.task.cpuMs)}`);
  return details.task.kind === 'driver'
    ? [`on ${placeOf(details.task, nodes)}`]
    : [...sentences, `on ${placeOf(details.task, nodes)}`];
}
