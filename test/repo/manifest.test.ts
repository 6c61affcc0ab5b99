import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { COMMAND_IDS } from '../../extension/commandIds';
import { listSources, parse, readSource, ROOT, stringsOf, visit } from './sources';

interface Manifest {
  main: string;
  icon: string;
  activationEvents: string[];
  capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] } };
  contributes: {
    commands: { command: string; title: string; category: string; icon?: string }[];
    menus: Record<string, { command: string; when?: string }[]>;
    views: Record<string, { id: string; icon: string }[]>;
    customEditors: { viewType: string }[];
    viewsContainers: { activitybar: { id: string; icon: string }[] };
    viewsWelcome: { view: string; contents: string }[];
    debuggers: {
      configurationAttributes: Record<'launch' | 'attach', { properties: Record<string, unknown> }>;
    }[];
    configuration: {
      properties: Record<string, { description?: string; markdownDescription?: string; default: unknown }>;
    };
    walkthroughs: {
      steps: { description: string; media: { svg: string; altText: string }; completionEvents: string[] }[];
    }[];
  };
}

const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as Manifest;
const { contributes } = manifest;
const declared = contributes.commands.map((one) => one.command);
const OURS = /^heliostat\.[a-zA-Z]+$/;

describe('commands', () => {
  it('are the same in the manifest and in the table', () => {
    expect([...declared].sort()).toEqual([...COMMAND_IDS].sort());
  });

  it('have a handler each: the table in commands.ts has every id once', () => {
    const keys: string[] = [];
    visit(parse('extension/commands.ts'), (node) => {
      if (ts.isPropertyAssignment(node) && ts.isStringLiteral(node.name)) keys.push(node.name.text);
    });
    expect(keys.sort()).toEqual([...declared].sort());
  });

  it('have a title and the category', () => {
    for (const one of contributes.commands) {
      expect(one.title, one.command).not.toBe('');
      expect(one.category, one.command).toBe('Heliostat');
    }
  });

  it('exist wherever a menu, a link, a walkthrough or a failure names one', () => {
    const named = [
      ...Object.values(contributes.menus).flatMap((items) => items.map((item) => item.command)),
      ...contributes.viewsWelcome.flatMap((welcome) => commandLinks(welcome.contents)),
      ...contributes.walkthroughs.flatMap(({ steps }) =>
        steps.flatMap((step) => commandLinks(step.description)),
      ),
      ...contributes.walkthroughs.flatMap(({ steps }) =>
        steps.flatMap((step) => step.completionEvents.map((event) => event.replace('onCommand:', ''))),
      ),
      ...stringsOf(parse('simulator/model/failureWords.ts'), OURS),
    ];
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((id) => id.startsWith('heliostat.') && !declared.includes(id))).toEqual([]);
  });

  it('and views, context keys and tree ids are the only names of ours in the extension', () => {
    const views = Object.values(contributes.views).flatMap((list) => list.map((view) => view.id));
    const keys = contextKeys();
    const known = new Set([
      ...declared,
      ...views,
      ...keys,
      ...contributes.customEditors.map((editor) => editor.viewType),
      'heliostat.run',
      'heliostat.status',
      'heliostat.followedRuns',
    ]);
    const strange = listSources('extension').flatMap((file) =>
      stringsOf(parse(file), OURS).filter((id) => !known.has(id) && id !== 'heliostat.heliostat'),
    );
    expect(strange).toEqual([]);
  });

  it('show inline only with an icon', () => {
    const inline = (contributes.menus['view/item/context'] ?? []).concat(
      contributes.menus['view/title'] ?? [],
    );
    const withIcon = contributes.commands.filter((one) => one.icon !== undefined).map((one) => one.command);
    const bare = inline.filter(
      (item) => /inline|navigation/.test(JSON.stringify(item)) && !withIcon.includes(item.command),
    );
    expect(bare).toEqual([]);
  });
});

describe('when clauses', () => {
  it('look only at context keys that the extension sets', () => {
    const set = contextKeys();
    const clauses = JSON.stringify(contributes).match(/"when":"(?:[^"\\]|\\.)*"/g) ?? [];
    const views = Object.values(contributes.views).flatMap((list) => list.map((view) => view.id));
    const used = clauses.flatMap((clause) => clause.match(/heliostat\.\w+/g) ?? []);
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((key) => !set.includes(key) && !views.includes(key))).toEqual([]);
  });
});

describe('settings', () => {
  const properties = contributes.configuration.properties;

  it('are read where they are declared, and declared where they are read', () => {
    const read: string[] = [];
    visit(parse('extension/settings.ts'), (node) => {
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
      const [key] = node.arguments;
      if (node.expression.name.text === 'get' && key && ts.isStringLiteral(key))
        read.push(`heliostat.${key.text}`);
    });
    expect(read.sort()).toEqual(Object.keys(properties).sort());
  });

  it('are read by settings.ts alone', () => {
    const readers = listSources('extension').filter((file) => readSource(file).includes('getConfiguration('));
    expect(readers).toEqual(['extension/settings.ts']);
  });

  it('have a description and a default each', () => {
    for (const [key, property] of Object.entries(properties)) {
      expect(property.description ?? property.markdownDescription, key).toBeTruthy();
      expect(property.default, key).toBeDefined();
    }
  });

  it('that can make code run are not taken from an untrusted workspace', () => {
    const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    expect(supported).toBe('limited');
    expect(restrictedConfigurations).toEqual(expect.arrayContaining(['heliostat.python', 'heliostat.image']));
    expect(restrictedConfigurations.filter((key) => !(key in properties))).toEqual([]);
  });
});

describe('launch configurations', () => {
  const file = 'simulator/debug/launchArguments.ts';
  const attributes = contributes.debuggers[0]!.configurationAttributes;
  const both = membersOf(file, 'DebugOptions');

  it.each([
    // VS Code sets the first itself, and the extension the second.
    ['launch', 'LaunchArguments', ['noDebug', 'searchEnv']],
    // Whoever joins a run finds it where the debugger reaches it, or not at all.
    ['attach', 'AttachArguments', ['dialTo']],
  ] as const)('of kind %s declare all that the debugger reads', (kind, name, own: readonly string[]) => {
    const read = [...both, ...membersOf(file, name)].filter((key) => !own.includes(key));
    expect(Object.keys(attributes[kind].properties).sort()).toEqual(read.sort());
  });
});

describe('files', () => {
  it('that the manifest names are there', () => {
    const files = [
      manifest.icon,
      ...contributes.viewsContainers.activitybar.map((one) => one.icon),
      ...Object.values(contributes.views).flatMap((list) => list.map((view) => view.icon)),
      ...contributes.walkthroughs.flatMap(({ steps }) => steps.map((step) => step.media.svg)),
    ];
    expect(files.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
  });

  it('of the walkthrough take their colours from the theme and say what they show', () => {
    for (const step of contributes.walkthroughs.flatMap(({ steps }) => steps)) {
      const svg = readSource(step.media.svg);
      expect(svg.match(/#[0-9a-fA-F]{3,8}\b(?!\s\/\/\/)/g) ?? [], step.media.svg).toEqual([]);
      expect(svg).toContain('var(--vscode-');
      expect(step.media.altText).not.toBe('');
    }
  });
});

describe('activation', () => {
  it('waits for a Python file, a restored panel or F5; views and commands follow from their contribution', () => {
    expect(manifest.activationEvents).toEqual([
      'onLanguage:python',
      'onWebviewPanel:heliostat.run',
      'onDebugResolve:heliostat',
    ]);
  });

  it('loads the client of the engine only on demand', () => {
    const eager = listSources('extension').flatMap((file) =>
      parse(file)
        .statements.filter(ts.isImportDeclaration)
        .filter((node) => node.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword)
        .map((node) => (node.moduleSpecifier as ts.StringLiteral).text)
        .filter((specifier) => specifier.includes('simulator/client') || specifier === 'ws'),
    );
    expect(eager).toEqual([]);
  });

  it('takes at most 80 lines', () => {
    const lengths = parse('extension/extension.ts')
      .statements.filter(ts.isFunctionDeclaration)
      .map((node) => node.getText().split('\n').length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(80);
  });
});

function commandLinks(markdown: string): string[] {
  return [...markdown.matchAll(/\(command:([\w.]+)\)/g)].map((match) => match[1] ?? '');
}

/** The names of what an interface declares itself. */
function membersOf(file: string, name: string): string[] {
  const [found] = parse(file)
    .statements.filter(ts.isInterfaceDeclaration)
    .filter((one) => one.name.text === name);
  return (found?.members ?? []).map((member) => member.name?.getText() ?? '');
}

function contextKeys(): string[] {
  const keys: string[] = [];
  visit(parse('extension/contextKeys.ts'), (node) => {
    if (!ts.isCallExpression(node) || !node.expression.getText().endsWith('.set')) return;
    const [key] = node.arguments;
    if (key && ts.isStringLiteral(key)) keys.push(key.text);
  });
  return keys;
}
