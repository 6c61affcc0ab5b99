/** Debugging remote tasks in a real VS Code: by the gutter, keys, lenses, the bar, the views and the console. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunInfo } from '../../simulator/model/run';
import { lineOf } from '../cluster/debugSamples';
import { SMALL_NODE, TEST_IMAGE, whyNoDocker } from '../cluster/dockerRig';
import { hasCodeServer } from './codeServer';
import { DebugView } from './debugView';
import { Rig, SLOW_MS } from './rig';
import type { VsCode } from './vscode';

const TOUR = 'test/samples/debug/tour.py';
const noDocker = await whyNoDocker();

describe.skipIf(!hasCodeServer())('Debug on cluster in VS Code', () => {
  let rig: Rig | undefined;
  let code: VsCode;
  let debug: DebugView;

  beforeAll(async () => {
    rig = await Rig.start('test/samples/debug', { 'heliostat.openRunView': false });
    ({ code } = rig);
    debug = new DebugView(code.page);
  });

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail')
      await code.screenshot(`debug-broken-${task.name.slice(0, 12).replaceAll(/\W/g, '-')}`);
  });
  afterAll(() => rig?.end());

  const press = (key: string) => code.page.keyboard.press(key);
  const newestRun = async () =>
    (JSON.parse((await rig!.heliostat.run(['runs', '--json'])).stdout) as [RunInfo])[0];

  it('F5 stops in the task for which a condition holds; a logpoint prints; the console evaluates in the task', async () => {
    await code.open('tour.py');
    await debug.addBreakpoint('y = x * x', 'Add Conditional Breakpoint...', 'x == 3');
    await debug.addBreakpoint('return y', 'Add Logpoint...', 'y is {y}');
    for (const line of ['inner = square', 'doubled = x', 'tripled = x']) await debug.toggleBreakpoint(line);
    await press('F5');
    await debug.callStack(/^square\(3\) · node \d · pid \d+/).waitFor({ timeout: SLOW_MS });
    await debug.callStack(/^driver · node 1 · pid \d+/).waitFor();
    await debug.stopsAt('y = x * x');
    await debug.open(debug.variable(/^Locals/));
    await debug.variable(/^x\s*=\s*3/).waitFor();
    await debug.says(/\(node \d · pid \d+\) y is 16/);
    await debug.evaluate('x + 100');
    await debug.says(/^103$/m);
    await code.screenshot('debug-stopped');
  });

  it('F11 goes on in the task that is submitted, with the way back to who submitted it', async () => {
    await press('F5');
    await debug.callStack(/^outer\(7\)/).waitFor({ timeout: SLOW_MS });
    await debug.stopsAt('inner = square.remote(x)');
    await press('F11');
    await debug.callStack(/^outer\(7\).*Paused on step/).waitFor({ timeout: SLOW_MS });
    await code.statusBar(`Ln ${lineOf(TOUR, 'y = x * x')},`).waitFor({ timeout: SLOW_MS });
    await debug.evaluate("x, 'inner' in locals()");
    await debug.says(/^\(7, False\)/m);
    await debug.open(debug.callStack(/^square\(7\)/));
    await debug.callStack(/^submitted by outer\(7\)/).waitFor();
    const rows = await debug.callStackRows();
    expect(rows.filter((row) => row.startsWith('submitted by'))).toHaveLength(1);
    await code.screenshot('debug-step-into-task');
    expect(await code.notifications()).toEqual([]);
  });

  it('calls of a threaded and of an async actor stop at once, and Continue All lets all of them go', async () => {
    await debug.action('Continue All').click();
    for (const call of [/^Threaded\.work\(1\)/, /^Threaded\.work\(2\)/])
      await debug.callStack(call).waitFor({ timeout: SLOW_MS });
    await debug.callStack(/^Async\.work\(4\)/).click({ timeout: SLOW_MS });
    await debug.variable(/^x\s*=\s*4/).waitFor();
    expect(await debug.console()).toContain('outer 50');
    await code.screenshot('debug-actors');
    await debug.action('Continue All').click();
    await debug.says(/actors \[2, 4, 12\]/);
  });

  it('a task that fails stops where it did, with its locals and the error', async () => {
    await debug.exception.waitFor({ timeout: SLOW_MS });
    expect(await debug.exception.innerText()).toContain('Exception has occurred: ZeroDivisionError');
    await debug.callStack(/^divides\(3\).*ZeroDivisionError$/).waitFor();
    await debug.variable(/^left\s*=\s*0/).waitFor();
    await code.screenshot('debug-failed');
    await press('F5');
    await debug.exception.waitFor({ state: 'hidden' });
    await debug.says(/caught/);
  });

  it('a red dot that is set meanwhile stops, too; the run goes on when it is left', async () => {
    await code.goToLine(lineOf(TOUR, 'time.sleep'));
    await debug.toggleBreakpoint('time.sleep');
    await debug.callStack(/^naps\(0\)/).waitFor({ timeout: SLOW_MS });
    await code.runCommand('Debug: Disconnect');
    await debug.toolbar.waitFor({ state: 'hidden' });
    expect((await newestRun()).state).toEqual({ kind: 'running' });
    writeFileSync(path.join(rig!.workspace, 'end'), '');
    await code.goToLine(lineOf(TOUR, '__main__'));
    await code.codeLens('Debug failed task').waitFor({ timeout: SLOW_MS });
    expect((await newestRun()).state).toEqual({ kind: 'succeeded' });
  });

  it('its failed task is run again alone, and stops in its first line and where it fails', async () => {
    await code.codeLens('Debug failed task').click();
    await debug.callStack(/^divides\(3\)/).waitFor({ timeout: SLOW_MS });
    await debug.stopsAt('left = x - 3');
    await press('F10');
    await debug.stopsAt('return 10 // left');
    await debug.variable(/^left\s*=\s*0/).waitFor();
    await press('F5');
    await debug.exception.waitFor();
    await press('F5');
    await debug.toolbar.waitFor({ state: 'hidden', timeout: SLOW_MS });
    await code.notification(/ZeroDivisionError/).waitFor();
  });

  it.skipIf(noDocker !== null)(
    'containers stop on both nodes, in a module that lies elsewhere there',
    async () => {
      const configuration = {
        ...{ type: 'heliostat', request: 'launch', name: 'In containers', backend: 'docker' },
        program: '${workspaceFolder}/elsewhere.py',
        image: TEST_IMAGE,
        nodes: [{ ...SMALL_NODE, count: 2 }],
        pathMappings: [{ localRoot: '${workspaceFolder}/lib', remoteRoot: '/tmp/elsewhere' }],
      };
      mkdirSync(path.join(rig!.workspace, '.vscode'));
      const launch = { version: '0.2.0', configurations: [configuration] };
      writeFileSync(path.join(rig!.workspace, '.vscode', 'launch.json'), JSON.stringify(launch));
      // Two cores have little room for two clusters.
      await rig!.heliostat.run(['down', '--force']);
      await code.open('lib/doubling.py');
      await debug.toggleBreakpoint('return twice');
      await code.statusBar('In containers').waitFor();
      await press('F5');
      await debug.callStack(/^away\(\d\) · node 1 · pid \d+/).waitFor({ timeout: SLOW_MS });
      await debug.callStack(/^away\(\d\) · node 2 · pid \d+/).click({ timeout: SLOW_MS });
      await debug.stopsAt('return twice');
      await debug.variable(/^twice\s*=\s*[24]/).waitFor();
      await code.screenshot('debug-containers');
      await debug.action('Continue All').click();
      await debug.toolbar.waitFor({ state: 'hidden', timeout: SLOW_MS });
      await debug.says(/away \[2, 4\]/);
      expect((await newestRun()).state).toEqual({ kind: 'succeeded' });
    },
  );
});
