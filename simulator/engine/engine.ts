/** Wires clusters, runs and scripts together and answers every method of the protocol. */
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Log } from '../base/context';
import type { Paths } from '../base/paths';
import { Clusters } from '../cluster/clusters';
import { DockerBackend } from '../cluster/dockerBackend';
import { ProcessBackend } from '../cluster/processBackend';
import { fail } from '../model/failure';
import type { EngineInfo } from '../protocol';
import { Inspector } from '../python/inspector';
import { ManagedEnvironments } from '../python/managedEnvironment';
import { ClusterPlacement } from '../run/placement';
import { Runs } from '../run/runs';
import { checkScript } from '../script/check';
import { startRequest } from './startRequest';
import type { Connection, Handlers } from './server';

export interface EngineOptions {
  paths: Paths;
  /** Where the probe and the other files that come with the engine lie. */
  assetsDir: string;
  log: Log;
  leave(why: string): void;
  isWatched(topic: string): boolean;
  changed(topic: string, version: number): void;
  info(): EngineInfo;
}

export class Engine {
  readonly handlers: Handlers = this.makeHandlers();
  private readonly clusters: Clusters;
  private readonly runs: Runs;
  private readonly python;
  private clustersVersion = 1;

  constructor(private readonly options: EngineOptions) {
    const { paths, assetsDir, log } = options;
    this.python = pythonTools(options);
    this.clusters = new Clusters({
      paths,
      backends: [new ProcessBackend({ clusters: paths.clusters }), new DockerBackend({ clusters: paths.clusters })],
      assetsDir,
      log,
      isWatched: () => options.isWatched('clusters'),
    });
    const placement = new ClusterPlacement(this.clusters, this.python, log);
    this.runs = new Runs(paths.runs, placement, log);
    this.runs.onChanged(({ topic, version }) => options.changed(topic, version));
  }
}
