/** What owners and raylets say to each other about leases, and how long it takes to arrive. */
import { EVENT, type DelayLine, type Events } from './events';
import type { Overheads } from './overheads';

export interface LeaseLines {
  request: DelayLine;
  grant: DelayLine;
  redirect: DelayLine;
  /** After a report. */
  reportRedirect: DelayLine;
  redirectedGrant: DelayLine;
  rejection: DelayLine;
}

export function leaseLines(events: Events, { leaseRequestMs, grantMs, reportMs }: Overheads): LeaseLines {
  return {
    request: events.line(leaseRequestMs, EVENT.leaseArrives),
    grant: events.line(grantMs, EVENT.leaseGranted),
    redirect: events.line(grantMs, EVENT.leaseRedirected),
    reportRedirect: events.line(reportMs + grantMs, EVENT.leaseRedirected),
    redirectedGrant: events.line(leaseRequestMs + grantMs, EVENT.leaseGranted),
    rejection: events.line(2 * leaseRequestMs + grantMs, EVENT.leaseArrives),
  };
}
