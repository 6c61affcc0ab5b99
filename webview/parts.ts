/** Views that draw themselves. They are made once, placed by the page and told of changes. */
import type { Ask } from './ask';
import { ComparePane } from './comparePane';
import { GraphView } from './graph/graphView';
import { NeighbourView } from './graph/neighbourView';
import { LogView } from './log/logView';
import { ResourceStrip } from './resourceStrip';
import { failureCard } from './problems';
import type { RunPageActions } from './runPage';
import { ScalingView } from './scaling/scalingView';
import { TaskReader } from './tasks/taskReader';
import { TaskTable } from './tasks/taskTable';
import { TimelineView } from './timeline/timelineView';

export interface RunPageParts {
  graph: GraphView;
  neighbours: NeighbourView;
  timeline: TimelineView;
  tasks: TaskTable;
  scaling: ScalingView;
  compare: ComparePane;
  strip: ResourceStrip;
  log: LogView;
  reader: TaskReader;
}

export interface PartsHost {
  ask: Ask;
  changed(): void;
  openSource(file: string, line: number, anchor: Element): void;
  openRun(id: string): void;
}

export function makeParts(host: PartsHost, actions: RunPageActions): RunPageParts {
  const reader = new TaskReader(host.ask, () => host.changed());
  return {
    reader,
    graph: new GraphView(host.ask, actions),
    neighbours: new NeighbourView(host.ask, actions),
    timeline: new TimelineView(host.ask, reader, actions),
    tasks: new TaskTable(host.ask, reader, actions),
    scaling: new ScalingView(host.ask, {
      failureCard: (failure, tryAgain) => failureCard(failure, actions, tryAgain),
      openLine: (file, line, anchor) => host.openSource(file, line, anchor),
      openRun: (id) => host.openRun(id),
    }),
    compare: new ComparePane(host.ask, actions),
    strip: new ResourceStrip(actions),
    log: new LogView({
      readLog: (id, from, maxBytes) => host.ask('runs.log', { id, from, maxBytes }),
      toolsChanged: () => host.changed(),
      openSource: (link, anchor) => host.openSource(link.file, link.line, anchor),
    }),
  };
}
