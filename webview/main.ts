/** Starts the page: finds its surroundings, restores what was looked at, connects. */
import './elements';
import './theme.css';
import './style.css';
import { App } from './app';
import { findHost } from './host';
import { Session } from './session';
import { nothingSelected, restoreNav, Store, type Nav } from './state';
import { watchTheme } from './theme';

function start(): void {
  let session: Session | null = null;
  let asked: string | null | undefined;
  let store: Store | null = null;
  let beside: Partial<Nav> = {};
  const host = findHost((runId, compareWith) => {
    asked = runId;
    beside = compareWith === undefined ? {} : { compareWith, main: 'compare', tab: 'compare' };
    session?.show(runId);
    store?.setNav(beside);
  });
  const saved = restoreNav(host.loadState());
  const runId =
    asked !== undefined ? asked : host.initialRunId !== undefined ? host.initialRunId : saved.runId;
  const nav =
    runId === saved.runId
      ? { ...saved, runId, ...beside }
      : { ...saved, runId, ...nothingSelected, ...beside };
  store = new Store(nav, (state) => host.saveState(state));
  session = new Session(store, host.carrier);
  const app = new App(rootElement(), store, session, host);
  watchTheme(host.kind, () => app.themeChanged());
  session.start();
}

function rootElement(): HTMLElement {
  const given = document.getElementById('app');
  if (given) return given;
  const made = document.createElement('main');
  made.id = 'app';
  document.body.append(made);
  return made;
}

start();
