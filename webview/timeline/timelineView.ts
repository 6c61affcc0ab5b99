/** The timeline: when each task ran and where, over what the nodes measured. Drawn on a canvas, at most once a frame. */
import type { RunView } from '../../simulator/model/trace';
import type { TaskDetails } from '../../simulator/model/views';
import { isEnded } from '../../simulator/model/run';
import type { Ask } from '../ask';
import type { FunctionColors } from '../palette';
import type { TaskReader } from '../tasks/taskReader';
import { Camera } from './camera';
import { FunctionLooks } from './functionLooks';
import { Gestures } from './gestures';
import { Inks } from './inks';
import { runKey } from './timelineKeys';
import { LANE_HEIGHT, layOutLanes, type LaneItem, type LaneLayout } from './laneLayout';
import { paintLanes } from './paint';
import { AXIS_HEIGHT, drawAxis, drawCursor, drawItem, GUTTER, type Stage } from './overlay';
import { drawMarks, markAt } from './marks';
import { SearchBar } from './searchBar';
import { drawSelected } from './selectedTask';
import { drawWaits } from './driverWaits';
import { sliceAt, type FoundSlice } from './sliceAt';
import { SliceLoader, type Sight } from './sliceLoader';
import { Stepper } from './stepper';
import { spanOf, type TimeWindow } from './timeScale';
import { TimelineTip } from './timelineTip';
import { describe, laneName } from './timelineWords';

export interface TimelineModel {
  view: RunView;
  selected: string | null;
  task: string | null;
  colors: FunctionColors;
  nowMs: number;
}

export interface TimelineActions {
  /** At once where the task's details have been read. */
  selectTask(id: string | null): void;
  select(id: string | null): void;
  openTask(details: TaskDetails, anchor: Element): void;
}

const SLACK_PX = 3;

export class TimelineView {
  readonly element = document.createElement('div');
  private readonly canvas = document.createElement('canvas');
  private readonly context = this.canvas.getContext('2d', { alpha: false })!;
  private readonly inks: Inks;
  private readonly tip: TimelineTip;
  private readonly search: SearchBar;
  private readonly loader: SliceLoader;
  private readonly stepper: Stepper;
  private model: TimelineModel | null = null;
  private layout: LaneLayout = { items: [], height: 0, yOfLane: new Float32Array(0) };
  private layoutOf: unknown[] = [];
  private closed = new Set<number | null>();
  private readonly camera = new Camera(() => this.bounds());
  private pointer: { x: number; y: number } | null = null;
  private frame = 0;
  /** The last task that was brought into sight; it is not brought again while the user moves about. */
  private shownTask: string | null = null;
  /** The selected one, until the next model has it: it was picked here, so that it is in sight. */
  private picked: string | null = null;

  constructor(
    ask: Ask,
    private readonly reader: TaskReader,
    private readonly actions: TimelineActions,
  ) {
    this.element.className = 'timeline';
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute('role', 'img');
    this.search = new SearchBar(ask, {
      moment: () => this.camera.window.fromMs,
      onFound: (task) => this.actions.selectTask(task.id),
      onText: () => this.schedule(),
      onClose: () => this.canvas.focus(),
    });
    this.inks = new Inks(this.element);
    this.tip = new TimelineTip(this.element);
    this.loader = new SliceLoader(
      ask,
      () => this.sight(),
      () => this.schedule(),
    );
    this.stepper = new Stepper(ask, this.loader, this.camera, {
      runId: () => this.model!.view.run.id,
      bounds: () => this.bounds(),
      selected: () => this.selectedDetails(),
      take: (found, lane) => this.take(found, lane),
    });
    new Gestures(this.canvas, {
      gutter: GUTTER,
      zoom: (factor, x) => this.zoom(factor, this.shareAt(x)),
      move: (dx, dy) => this.move(dx, dy),
      hover: (x, y) => this.hover({ x, y }),
      leave: () => this.hover(null),
      click: (x, y, twice) => this.click(x, y, twice),
      key: (event) => this.key(event),
    });
    new ResizeObserver(() => this.schedule()).observe(this.element);
    this.element.prepend(this.canvas, this.search.element);
  }

  update(model: TimelineModel): void {
    if (this.model?.view.run.id !== model.view.run.id) {
      this.camera.startOver();
      this.shownTask = null;
    }
    this.model = model;
    // A model is drawn later, when something else may be picked: whether this one was is known only now.
    if (model.task === this.picked) this.shownTask = model.task;
    this.picked = null;
    this.search.show(model.view.run.id);
    this.canvas.setAttribute('aria-label', describe(model.view));
    if (this.element.clientWidth > 0) this.loader.show(model.view.run.id, model.view.version);
    this.schedule();
  }

  recolor(): void {
    this.inks.renew();
    this.schedule();
  }

  /** Shows all of the run, and goes on doing so as it grows. */
  fitAll(): void {
    this.camera.fitAll();
    this.schedule();
  }

  /** The selected task with its surroundings; the selected function's whole time; or everything. */
  fitSelection(): void {
    const model = this.model!;
    const details = this.selectedDetails();
    const fn = model.view.functions.find((one) => one.id === model.selected);
    if (details && details.task.startMs !== null) {
      const { submitMs, startMs, endMs } = details.task;
      this.camera.fit({ fromMs: submitMs ?? startMs, toMs: endMs ?? model.nowMs });
      this.scrollTo(laneOf(details));
    } else if (fn && fn.firstMs !== null && fn.lastMs !== null) {
      this.camera.fit({ fromMs: fn.firstMs, toMs: fn.lastMs });
    } else this.camera.fitAll();
    this.schedule();
  }

  zoom(factor: number, share = 0.5): void {
    this.camera.zoom(factor, share);
    this.schedule();
  }

  private move(dx: number, dy: number): void {
    const width = Math.max(1, this.canvas.clientWidth - GUTTER);
    if (dx !== 0) this.camera.moveBy(-dx / width);
    this.camera.scrollY -= dy;
    this.schedule();
  }

  private bounds(): TimeWindow {
    const lanes = this.loader.lanes;
    const run = this.model!.view.run;
    const startMs = run.startMs ?? run.createdMs;
    if (!lanes || lanes.toMs === 0) return { fromMs: startMs, toMs: run.endMs ?? this.model!.nowMs };
    const toMs = isEnded(run.state)
      ? lanes.toMs
      : Math.max(lanes.toMs, Math.min(this.model!.nowMs, lanes.toMs + 5000));
    return { fromMs: Math.min(lanes.fromMs, startMs), toMs };
  }

  private shareAt(x: number): number {
    return Math.min(1, Math.max(0, (x - GUTTER) / Math.max(1, this.canvas.clientWidth - GUTTER)));
  }

  private timeAt(x: number): number {
    const window = this.camera.window;
    return window.fromMs + this.shareAt(x) * spanOf(window);
  }

  private sight(): Sight | null {
    const widthPx = this.element.clientWidth - GUTTER;
    if (widthPx <= 0 || !this.model) return null;
    let firstLane = Infinity;
    let lastLane = 0;
    for (const item of this.layout.items) {
      if (item.kind !== 'lane') continue;
      if (
        item.y + item.height < this.camera.scrollY ||
        item.y > this.camera.scrollY + this.element.clientHeight
      )
        continue;
      firstLane = Math.min(firstLane, item.lane);
      lastLane = Math.max(lastLane, item.lane + 1);
    }
    if (firstLane > lastLane) return null;
    return { window: this.camera.window, widthPx, firstLane, lastLane };
  }

  private schedule(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  // Drawing

  private draw(): void {
    const { model, element } = this;
    const width = element.clientWidth;
    const height = element.clientHeight;
    if (!model || width === 0 || height === 0) return;
    this.loader.show(model.view.run.id, model.view.version);
    this.layOut();
    // Where lanes have just come, what is in sight is known only now.
    this.loader.poke();
    this.resize(width, height);
    this.revealTask();
    const stage = this.stage(width, height);
    const ratio = devicePixelRatio;
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    paintLanes(this.context, {
      stage,
      ratio,
      inks: this.inks,
      layout: this.layout,
      loader: this.loader,
      looks: this.looks(),
    });
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    for (const item of this.layout.items)
      drawItem(stage, item, item.kind === 'lane' ? laneName(this.loader.lanes?.lanes[item.lane]) : '');
    if (this.loader.near) drawWaits(stage, this.loader.near, this.layout);
    const details = this.selectedDetails();
    drawAxis(stage);
    drawMarks(stage, model.view.marks);
    if (details) drawSelected(stage, details, this.layout, model.nowMs);
    if (this.pointer && this.pointer.x >= GUTTER)
      drawCursor(stage, this.timeAt(this.pointer.x), this.layout.items);
    this.drawTip(stage);
  }

  private layOut(): void {
    const lanes = this.loader.lanes?.lanes ?? [];
    const { nodes } = this.model!.view;
    const made = [lanes, nodes, this.closed.size];
    if (made.every((one, i) => one === this.layoutOf[i])) return;
    this.layoutOf = made;
    this.layout = layOutLanes(lanes, nodes, this.closed);
  }

  private resize(width: number, height: number): void {
    const ratio = devicePixelRatio;
    const size = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
    if (this.canvas.width !== size.width || this.canvas.height !== size.height)
      Object.assign(this.canvas, size);
    this.camera.limitScroll(this.layout.height + AXIS_HEIGHT - height);
  }

  private stage(width: number, height: number): Stage {
    const window = this.camera.window;
    const scale = (width - GUTTER) / spanOf(window);
    const { run } = this.model!.view;
    return {
      context: this.context,
      theme: this.inks.theme,
      width,
      height,
      scrollY: this.camera.scrollY,
      window,
      originMs: run.startMs ?? run.createdMs,
      x: (timeMs) => GUTTER + (timeMs - window.fromMs) * scale,
    };
  }

  private looks(): FunctionLooks {
    const { view, selected, colors } = this.model!;
    return new FunctionLooks(view.functions, colors, selected, this.search.text);
  }

  private drawTip(stage: Stage): void {
    const mark = this.pointer && markAt(this.model!.view.marks, this.pointer.x, this.pointer.y, stage.x);
    if (this.pointer && mark) return this.tip.say(this.pointer, mark.words, stage);
    const found = this.pointer && this.find(this.pointer);
    if (!this.pointer || !found) return this.tip.hide();
    const details = found.row >= 0 ? this.reader.get(found.row) : null;
    const looks = this.looks();
    this.tip.show(this.pointer, {
      name: looks.name(found.functionId),
      color: looks.color(found.functionId),
      found,
      details,
      nodes: this.model!.view.nodes,
      nowMs: this.model!.nowMs,
      width: stage.width,
      height: stage.height,
    });
  }

  // Selection

  private revealTask(): void {
    const { task } = this.model!;
    if (task === this.shownTask) return;
    const details = task === null ? null : this.reader.get(task);
    if (task !== null && (!details || details.task.id !== task)) return;
    this.shownTask = task;
    if (!details || details.task.startMs === null) return;
    const { startMs, endMs } = details.task;
    this.camera.reveal({ fromMs: startMs, toMs: endMs ?? this.model!.nowMs });
    this.scrollTo(laneOf(details));
  }

  private scrollTo(lane: number | undefined): void {
    const y = lane === undefined ? undefined : this.layout.yOfLane[lane];
    if (y !== undefined) this.camera.scrollTo(y, LANE_HEIGHT, this.element.clientHeight - AXIS_HEIGHT);
  }

  private find({ x, y }: { x: number; y: number }): FoundSlice | null {
    const slices = this.loader.near ?? this.loader.far;
    const item = this.itemAt(y);
    if (!slices || item?.kind !== 'lane' || x < GUTTER) return null;
    const perPx = spanOf(this.camera.window) / Math.max(1, this.canvas.clientWidth - GUTTER);
    return sliceAt(slices, item.lane, this.timeAt(x), perPx * SLACK_PX);
  }

  private itemAt(y: number): LaneItem | null {
    if (y < AXIS_HEIGHT) return null;
    const at = y - AXIS_HEIGHT + this.camera.scrollY;
    return this.layout.items.find((item) => at >= item.y && at < item.y + item.height) ?? null;
  }

  private hover(pointer: { x: number; y: number } | null): void {
    this.pointer = pointer;
    this.schedule();
  }

  private click(x: number, y: number, twice: boolean): void {
    const item = this.itemAt(y);
    if (item?.kind === 'header') return this.toggle(item.node);
    const found = this.find({ x, y });
    if (!found) return this.actions.select(null);
    if (found.row >= 0) void this.pick(found, twice);
    else {
      // A merged slice comes nearer until its tasks are apart.
      if (twice) this.camera.fit(found);
      this.actions.select(found.functionId);
      this.schedule();
    }
  }

  private async pick(found: FoundSlice, open: boolean): Promise<void> {
    const details = await this.reader.read(found.row);
    if (!details) return;
    this.actions.selectTask(details.task.id);
    this.picked = details.task.id;
    if (open) this.actions.openTask(details, this.canvas);
  }

  private take(found: FoundSlice, lane: number): Promise<void> {
    this.scrollTo(lane);
    this.schedule();
    return this.pick(found, false);
  }

  private toggle(node: number | null): void {
    const closed = new Set(this.closed);
    if (!closed.delete(node)) closed.add(node);
    this.closed = closed;
    this.layoutOf = [];
    this.schedule();
  }

  private key(event: KeyboardEvent): boolean {
    const share = this.pointer ? this.shareAt(this.pointer.x) : 0.5;
    return runKey(event, {
      zoom: (factor) => this.zoom(factor, share),
      move: (dx, dy) => this.move(dx * this.canvas.clientWidth, dy),
      fitSelection: () => this.fitSelection(),
      fitAll: () => this.fitAll(),
      search: () => this.search.open(),
      step: (step) => this.stepper.step(step),
      open: () => this.openSelected(),
      escape: () => this.actions.select(null),
    });
  }

  private selectedDetails(): TaskDetails | null {
    const task = this.picked ?? this.model!.task;
    return task === null ? null : this.reader.get(task);
  }

  private openSelected(): void {
    const details = this.selectedDetails();
    if (details) this.actions.openTask(details, this.canvas);
  }
}

function laneOf({ task, lanes }: TaskDetails): number | undefined {
  return lanes[task.id];
}
