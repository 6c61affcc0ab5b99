/** One receiver of Ray's events for each cluster that posts them, for as long as it is up. */
import type { Log } from '../base/context';
import type { ClusterHandle } from '../cluster/backend';
import { EventReceiver } from '../ray/eventReceiver';

export class RayEventReceivers {
  private readonly byCluster = new Map<string, Promise<EventReceiver | null>>();

  constructor(private readonly log: Log) {}

  /** Called when a cluster is up, be it new or found again. */
  async open({ plan, files }: ClusterHandle): Promise<void> {
    if (this.byCluster.has(plan.id)) return;
    const opening = EventReceiver.open(files.dir, this.log);
    this.byCluster.set(plan.id, opening);
    await opening.catch((error: unknown) => this.log.warn(`Ray's events of ${plan.id}: ${String(error)}`));
  }

  close(id: string): void {
    void this.byCluster.get(id)?.then((receiver) => receiver?.close());
    this.byCluster.delete(id);
  }
}
