/** Functions as Ray names them in runs of Data, Train, Tune and Serve, and as the trace does: null is Ray's own, hidden. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

const PYTHON = process.env['HELIOSTAT_TEST_PYTHON'] ?? '/tmp/rayenv/bin/python';

type Row = [
  what: string,
  module: string,
  owner: string,
  fn: string,
  task: string | null,
  name: string | null,
];

const ROWS: Row[] = [
  ['a function of the user’s', '__main__', '', 'decode', null, '__main__.decode'],
  ['a method of the user’s actor', 'pkg.train', 'Trainer', 'step', null, 'pkg.train.Trainer.step'],
  [
    'a user’s class named like one of Ray’s',
    '__main__',
    'PreemptionWatcher',
    'poll',
    null,
    '__main__.PreemptionWatcher.poll',
  ],
  [
    'Data’s operators, by the task’s name',
    'ray.data._internal.execution.operators.map_operator',
    '',
    '_map_task',
    'ReadRange->Map(parse)',
    'ray.data.ReadRange->Map(parse)',
  ],
  [
    'a pool of Data’s on the user’s class',
    'ray.data._internal.execution.operators.actor_pool_map_operator',
    'MapWorker(MapBatches(Model))',
    'submit',
    null,
    'ray.data.MapBatches(Model).__call__',
  ],
  [
    'the pool’s own housekeeping',
    'ray.data._internal.execution.operators.actor_pool_map_operator',
    'MapWorker(MapBatches(Model))',
    'get_location',
    null,
    null,
  ],
  ['Data’s statistics', 'ray.data._internal.stats', '_StatsActor', 'update_execution_metrics', null, null],
  ['Data’s splitting of blocks', 'ray.data._internal.split', '', '_split_single_block', null, null],
  [
    'Data’s requests for nodes',
    'ray.data._internal.cluster_autoscaler.default_autoscaling_coordinator',
    '_AutoscalingCoordinatorActor',
    'request_resources',
    null,
    null,
  ],
  [
    'the user’s function in a Train worker',
    'ray.train.v2._internal.execution.worker_group.worker',
    'RayTrainWorker',
    'run_train_fn',
    null,
    'ray.train.RayTrainWorker.run_train_fn',
  ],
  [
    'Train asking its worker',
    'ray.train.v2._internal.execution.worker_group.worker',
    'RayTrainWorker',
    'poll_status',
    null,
    null,
  ],
  [
    'Train’s watch for nodes that go',
    'ray.train.v2._internal.execution.preemption',
    'PreemptionWatcher',
    '__init__',
    null,
    null,
  ],
  [
    'Train’s list of runs',
    'ray.train.v2._internal.state.state_actor',
    'TrainStateActor',
    'create_or_update_train_run',
    null,
    null,
  ],
  [
    'an iteration of a Tune trial',
    'ray.tune.trainable.function_trainable',
    'ImplicitFunc',
    'train',
    null,
    'ray.tune.ImplicitFunc.train',
  ],
  ['Tune saving a trial', 'ray.tune.trainable.function_trainable', 'ImplicitFunc', 'save', null, null],
  [
    'a request to a Serve deployment',
    'ray.serve._private.replica',
    'ServeReplica:default:Model',
    'handle_request_with_rejection',
    null,
    'ray.serve.Model.handle_request',
  ],
  [
    'a request to a named Serve application',
    'ray.serve._private.replica',
    'ServeReplica:shop:Model',
    '__init__',
    null,
    'ray.serve.shop.Model.__init__',
  ],
  ['Serve’s controller', 'ray.serve._private.controller', 'ServeController', 'listen_for_change', null, null],
  ['Ray ending an actor', '__main__', 'Counter', '__ray_terminate__', null, null],
  [
    'what the user has an actor call',
    '__main__',
    'Counter',
    '__ray_call__',
    null,
    '__main__.Counter.__ray_call__',
  ],
];

const rows = ROWS.map(([, ...row]) => row.slice(0, 4));
const args = ['test/samples/probe/names.py', 'simulator/probe', JSON.stringify(rows)];
const names = JSON.parse(execFileSync(PYTHON, args, { encoding: 'utf8' })) as (string | null)[];

it.each(ROWS.map(([what, , , , , name], at) => [what, names[at], name]))('%s', (_, told, name) => {
  expect(told).toBe(name);
});

it('cuts what is longer than anybody reads', () => {
  const long = JSON.stringify([['m', '', 'f'.repeat(1000), null]]);
  const [name] = JSON.parse(
    execFileSync(PYTHON, [...args.slice(0, 2), long], { encoding: 'utf8' }),
  ) as string[];
  expect(name).toHaveLength(300);
});

it('hears what the first worker of a training reports, once Ray Train has it', () => {
  const code = `
import json, sys, types
sys.path.insert(0, sys.argv[1])
from heliostat_libraries import watch_reports
class Context:
    train_run_context = types.SimpleNamespace(run_id="r")
    report_call_index = 0
    def __init__(self, rank):
        self.get_world_rank = lambda: rank
    def report(self, metrics, checkpoint=None):
        self.report_call_index += 1
        if checkpoint == "none such":
            raise ValueError(checkpoint)
told = []
for rank in (0, 1):
    context = Context(rank)
    module = types.SimpleNamespace(get_train_context=lambda: context)
    sys.modules["ray.train.v2._internal.execution.context"] = module
    watch_reports(lambda progress: told.append(progress()))
    context.report({"loss": 0.5, "name": "x"})
    context.report(metrics={"loss": 0.25}, checkpoint="mine")
    try:
        context.report({"loss": 0.1}, checkpoint="none such")
    except ValueError as error:
        told.append(str(error))
print(json.dumps(told))`;
  const printed = execFileSync(PYTHON, ['-c', code, 'simulator/probe'], { encoding: 'utf8' });
  expect(JSON.parse(printed)).toEqual([
    ['train', 'r', 1, { loss: 0.5 }],
    ['train', 'r', 2, { loss: 0.25 }],
    'none such',
    'none such',
  ]);
});

it('knows what an iteration of a Tune trial reported, and passes over what is no number', () => {
  const code = `
import json, sys
sys.path.insert(0, sys.argv[1])
from heliostat_libraries import progress_of
result = {"accuracy": 0.5, "steps": 7, "note": "x", "bad": float("nan"), "best": True, "done": False, "pid": 3}
told = {**result, "trial_id": "ab_1", "training_iteration": 2, "config": {"a": 1}}
cases = [told, {**told, "__duplicate__": True}, result, None, {"trial_id": 3, "training_iteration": 1}]
print(json.dumps([progress_of(case) for case in cases], allow_nan=False))`;
  const printed = execFileSync(PYTHON, ['-c', code, 'simulator/probe'], { encoding: 'utf8' });
  expect(JSON.parse(printed)).toEqual([
    ['tune', 'ab_1', 2, { accuracy: 0.5, steps: 7 }],
    null,
    null,
    null,
    null,
  ]);
});
