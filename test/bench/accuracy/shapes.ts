/** Task graphs of many shapes for the accuracy bench, each about as long as asked on so many slots. Seeded. */
import type { GraphFile, GraphTask } from '../../../simulator/model/scaling';
import { Random } from '../../../simulator/scaling/random';

export interface Size {
  /** CPUs of the cluster that the graph is for. */
  slots: number;
  /** Work over slots, roughly. */
  aboutMs: number;
  /** How many times longer than usual tasks are. */
  pace: number;
  seed: number;
}

export type SomeTask = Partial<GraphTask> & Pick<GraphTask, 'id' | 'name' | 'durationMs'>;

/**
 * The driver rests for a moment before each submission: on two cores it would otherwise keep the workers, which are
 * nicer than it, from starting, and that is a matter of this machine and not of Ray's rules.
 */
export const task = (one: SomeTask): GraphTask => ({
  thinkMs: 1,
  cpus: 1,
  gpus: 0,
  outputBytes: 1000,
  deps: [],
  ...one,
});
export const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const BIG = 500_000;

/** Durations around `meanMs`: log-normal with this spread (0.3 is a factor of 1.35), not under 50 ms. */
function durations(
  { seed, pace }: Pick<Size, 'seed' | 'pace'>,
  meanMs: number,
  spread: number,
): () => number {
  const random = new Random(seed);
  return () => Math.max(50, Math.round(meanMs * pace * Math.exp(spread * random.normal() - spread ** 2 / 2)));
}

/** So many tasks that their work keeps all slots busy for the time. */
const enough = ({ slots, aboutMs, pace }: Size, meanMs: number): number =>
  Math.ceil((slots * aboutMs) / (meanMs * pace));

export const SHAPES = {
  /** One function, nothing between its tasks. */
  map: (size: Size): GraphFile => {
    const ms = durations(size, 400, 0.3);
    return {
      tasks: range(enough(size, 400)).map((i) => task({ id: `m${i}`, name: 'map', durationMs: ms() })),
    };
  },

  /** Tasks so short that one lease serves several. */
  shortMap: (size: Size): GraphFile => {
    const ms = durations(size, 120, 0.2);
    return {
      tasks: range(enough(size, 120)).map((i) => task({ id: `m${i}`, name: 'short', durationMs: ms() })),
    };
  },

  mapReduce: (size: Size): GraphFile => {
    const ms = durations(size, 500, 0.25);
    const maps = range(enough(size, 600)).map((i) => task({ id: `m${i}`, name: 'map', durationMs: ms() }));
    const fan = Math.max(2, Math.round(maps.length / size.slots));
    const reduces = range(Math.ceil(maps.length / fan)).map((i) =>
      task({
        id: `r${i}`,
        name: 'reduce',
        durationMs: ms(),
        deps: maps.slice(i * fan, (i + 1) * fan).map(({ id }) => id),
      }),
    );
    const deps = reduces.map(({ id }) => id);
    return { tasks: [...maps, ...reduces, task({ id: 'end', name: 'merge', durationMs: 400, deps })] };
  },

  /** Every reducer takes from every mapper, through the object store. */
  shuffle: (size: Size): GraphFile => {
    const ms = durations(size, 700, 0.2);
    const half = Math.max(2, Math.min(40, Math.round(enough(size, 700) / 2)));
    const maps = range(half).map((i) =>
      task({ id: `m${i}`, name: 'partition', durationMs: ms(), outputBytes: BIG }),
    );
    const deps = maps.map(({ id }) => id);
    return {
      tasks: [
        ...maps,
        ...range(half).map((i) => task({ id: `r${i}`, name: 'merge', durationMs: ms(), deps })),
      ],
    };
  },

  /** Pairs are merged until one is left. */
  tree: (size: Size): GraphFile => {
    const ms = durations(size, 600, 0.3);
    const tasks = range(Math.max(4, Math.round(enough(size, 600) / 2))).map((i) =>
      task({ id: `0-${i}`, name: 'leaf', durationMs: ms() }),
    );
    for (let level = tasks, depth = 1; level.length > 1; depth++) {
      const below = level;
      level = range(Math.ceil(below.length / 2)).map((i) =>
        task({
          id: `${depth}-${i}`,
          name: 'merge',
          durationMs: ms(),
          deps: below.slice(2 * i, 2 * i + 2).map(({ id }) => id),
        }),
      );
      tasks.push(...level);
    }
    return { tasks };
  },

  /** Items through four stages, submitted item by item. */
  pipeline: (size: Size): GraphFile => {
    const ms = durations(size, 300, 0.2);
    const stages = ['read', 'parse', 'filter', 'write'];
    return {
      tasks: range(Math.ceil(enough(size, 300) / 4)).flatMap((i) =>
        stages.map((name, stage) =>
          task({ id: `${i}-${stage}`, name, durationMs: ms(), deps: stage > 0 ? [`${i}-${stage - 1}`] : [] }),
        ),
      ),
    };
  },

  /** A grid in which each cell needs its upper and its left neighbour. */
  wavefront: (size: Size): GraphFile => {
    const ms = durations(size, 450, 0.2);
    const side = Math.max(4, Math.min(10, Math.round(Math.sqrt(enough(size, 450)))));
    return {
      tasks: range(side).flatMap((y) =>
        range(side).map((x) =>
          task({
            id: `${x},${y}`,
            name: 'cell',
            durationMs: ms(),
            deps: [...(x > 0 ? [`${x - 1},${y}`] : []), ...(y > 0 ? [`${x},${y - 1}`] : [])],
          }),
        ),
      ),
    };
  },

  /** Calls dealt out to actors in turn, and a task that takes each answer. */
  actorPool: (size: Size): GraphFile => {
    const ms = durations(size, 300, 0.3);
    const actors = range(Math.max(1, Math.floor(size.slots / 2))).map((i) => ({
      id: `a${i}`,
      cpus: 1,
      gpus: 0,
    }));
    const calls = range(Math.ceil((actors.length * size.aboutMs) / (300 * size.pace)));
    return {
      actors,
      tasks: calls.flatMap((i) => [
        task({ id: `c${i}`, name: 'Worker.call', durationMs: ms(), cpus: 0, actor: `a${i % actors.length}` }),
        ...(size.slots > 1
          ? [task({ id: `t${i}`, name: 'store', durationMs: ms() / 2, deps: [`c${i}`] })]
          : []),
      ]),
    };
  },

  /** The driver keeps so many tasks in flight and submits the next when one has ended. */
  waitLoop: (size: Size): GraphFile => {
    const ms = durations(size, 350, 0.4);
    const window = Math.max(1, Math.round(size.slots * 0.8));
    return {
      tasks: range(enough(size, 440)).map((i) =>
        task({
          id: `w${i}`,
          name: 'step',
          durationMs: ms(),
          ...(i >= window ? { afterFinished: i - window + 1 } : {}),
        }),
      ),
    };
  },

  /** `ray.get` after each batch, and some work of the driver's own. */
  batches: (size: Size): GraphFile => {
    const ms = durations(size, 350, 0.3);
    const tasks: GraphTask[] = [];
    for (let batch = 0; batch * 700 * size.pace < size.aboutMs; batch++) {
      const before = tasks.filter(({ id }) => id.startsWith(`${batch - 1}-`)).map(({ id }) => id);
      tasks.push(
        ...range(Math.max(1, Math.round(size.slots * 1.5))).map((i) =>
          task({
            id: `${batch}-${i}`,
            name: 'batch',
            durationMs: ms(),
            ...(i === 0 && batch > 0 ? { after: before, thinkMs: 80 } : {}),
          }),
        ),
      );
    }
    return { tasks };
  },

  /** Tasks that submit tasks and wait for them. Few at a time, so that waiting ones need no more workers. */
  nested: (size: Size): GraphFile => {
    const ms = durations(size, 350, 0.25);
    const wide = Math.max(1, Math.floor(size.slots / 4) - 1);
    const rounds = Math.max(2, Math.round(size.aboutMs / (1100 * size.pace)));
    const outer = range(rounds * wide).flatMap((i) => {
      const parent = task({
        id: `p${i}`,
        name: 'outer',
        durationMs: 200 * size.pace,
        deps: i >= wide ? [`p${i - wide}`] : [],
      });
      const children = range(3).map((j) =>
        task({ id: `p${i}-${j}`, name: 'inner', durationMs: ms(), parent: parent.id }),
      );
      return [parent, ...children];
    });
    return { tasks: outer };
  },

  /** A few tasks take many times as long as the rest. */
  skewed: (size: Size): GraphFile => {
    const ms = durations(size, 350, 1.0);
    const longest = Math.round(4000 * Math.sqrt(size.pace));
    return {
      tasks: range(enough(size, 350)).map((i) =>
        task({ id: `s${i}`, name: 'uneven', durationMs: Math.min(longest, ms()) }),
      ),
    };
  },

  /** Tasks of one, two and four CPUs of three functions. */
  mixedCpus: (size: Size): GraphFile => {
    const ms = durations(size, 400, 0.3);
    const largest = Math.min(4, size.slots);
    return {
      tasks: range(enough(size, 900)).map((i) => {
        const cpus = Math.min(largest, 2 ** (i % 3));
        return task({ id: `x${i}`, name: `wide${cpus}`, durationMs: ms(), cpus });
      }),
    };
  },

  /** Layers of random width in which each task takes from one to three of the layer before. */
  layered: (size: Size): GraphFile => {
    const ms = durations(size, 450, 0.35);
    const random = new Random(size.seed + 1);
    const tasks: GraphTask[] = [];
    const total = enough(size, 450) * 0.8;
    let before: string[] = [];
    for (let layer = 0; tasks.length < total; layer++) {
      const layerTasks = range(Math.max(1, Math.round(size.slots * (0.5 + random.next() * 1.5)))).map((i) =>
        task({
          id: `${layer}-${i}`,
          name: `layer${layer % 3}`,
          durationMs: ms(),
          outputBytes: layer % 2 === 0 ? 20_000 : BIG,
          deps:
            before.length === 0
              ? []
              : [
                  ...new Set(
                    range(1 + Math.floor(random.next() * 3)).map(
                      () => before[Math.floor(random.next() * before.length)]!,
                    ),
                  ),
                ],
        }),
      );
      tasks.push(...layerTasks);
      before = layerTasks.map(({ id }) => id);
    }
    return { tasks };
  },

  /** Decoding on CPUs feeds training steps on GPUs, through the object store. */
  ingest: (size: Size): GraphFile =>
    fedSteps(size, {
      steps: Math.ceil(size.aboutMs / (250 * size.pace)),
      stepMs: 250,
      decodes: 4,
      decodeMs: 600,
    }),
} satisfies Record<string, (size: Size) => GraphFile>;

export type Shape = keyof typeof SHAPES;

interface Feeding {
  steps: number;
  stepMs: number;
  /** Decoding tasks for each step, of one CPU. */
  decodes: number;
  decodeMs: number;
}

/** Steps on a GPU, one after another, each of which needs what some tasks on CPUs have decoded. */
function fedSteps(
  size: Pick<Size, 'seed' | 'pace'>,
  { steps, stepMs, decodes, decodeMs }: Feeding,
): GraphFile {
  const decode = durations(size, decodeMs, 0.2);
  return {
    tasks: range(steps).flatMap((step) => [
      ...range(decodes).map((i) =>
        task({ id: `d${step}-${i}`, name: 'decode', durationMs: decode(), outputBytes: BIG }),
      ),
      task({
        id: `t${step}`,
        name: 'train',
        durationMs: stepMs * size.pace,
        cpus: 0,
        gpus: 1,
        deps: [...range(decodes).map((i) => `d${step}-${i}`), ...(step > 0 ? [`t${step - 1}`] : [])],
      }),
    ]),
  };
}
