/** When raylets hear of each other's room, by the clock of a replay. */
import { describe, expect, it } from 'vitest';
import { EVENT, Events } from '../../../simulator/scaling/events';
import { Random } from '../../../simulator/scaling/random';
import { Reports } from '../../../simulator/scaling/reports';

const PERIOD_MS = 100;
const REFRESH_MS = 3000;

function reportsOf(nodes: number) {
  const events = new Events();
  return { events, reports: new Reports(nodes, PERIOD_MS, events, new Random(1)) };
}

describe('what raylets believe of each other', () => {
  it('is put right with a node’s next report, once for all that changed meanwhile', () => {
    const { events, reports } = reportsOf(2);
    reports.later(1);
    reports.later(1);
    expect(events.next()).toBe(true);
    expect([events.kind, events.arg]).toEqual([EVENT.nodeReports, 1]);
    expect(events.now).toBeLessThanOrEqual(PERIOD_MS);
    expect(events.next()).toBe(false);
    const firstMs = events.now;
    reports.done(1);
    reports.later(1);
    events.next();
    expect(events.now).toBeCloseTo(firstMs + PERIOD_MS, 6);
  });

  it('needs no report where a node is alone', () => {
    const { events, reports } = reportsOf(1);
    reports.later(0);
    expect(events.next()).toBe(false);
  });

  it('stays wrong for three to six seconds where room was promised in vain and nothing changes there', () => {
    const { events, reports } = reportsOf(2);
    const inVainMs = events.now;
    reports.inVain(1);
    let isRight = false;
    while (!isRight && events.next()) {
      expect([events.kind, events.arg]).toEqual([EVENT.nodeRefreshes, 1]);
      isRight = reports.refreshes(1);
    }
    expect(isRight).toBe(true);
    expect(events.now - inVainMs).toBeGreaterThanOrEqual(REFRESH_MS);
    expect(events.now - inVainMs).toBeLessThanOrEqual(2 * REFRESH_MS);
    expect(events.next()).toBe(false);
  });

  it('stays wrong for longer where room is promised in vain again and again', () => {
    const { events, reports } = reportsOf(2);
    reports.inVain(1);
    events.next();
    reports.refreshes(1);
    const againMs = events.now;
    reports.inVain(1);
    while (events.next()) if (reports.refreshes(1)) break;
    expect(events.now - againMs).toBeGreaterThanOrEqual(REFRESH_MS);
  });
});
