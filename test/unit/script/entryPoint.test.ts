import { describe, expect, test } from 'vitest';
import { checkScript } from '../../../simulator/script/check';
import { block, hostCpus, unmark } from './marked';

describe('the entry point', () => {
  test.each([
    ['the guard', `import ray\nray.init()\n«if __name__ == "__main__"»:\n    main()\n`],
    ['the guard, in single quotes', `import ray\n«if __name__=='__main__'»: main()\n`],
    ['the guard, turned round', `import ray\n«if '__main__' == __name__»:\n  main()\n`],
    ['the guard, in brackets', `import ray\n«if (__name__ == "__main__")»:\n  main()\n`],
    ['the guard before the block', `${block('[tool.heliostat]')}«if __name__ == "__main__"»:\n  main()\n`],
    ['the block, with Ray', `«# /// script»\n# x = 1\n# ///\nimport ray\nray.init()\n`],
    ['the block, without Ray', `import os\n«# /// script»\n# [tool.heliostat]\n# ///\n`],
    ['the first use', `import os, ray\n\nprint(1)\n«ray».init()\nray.get(1)\n`],
    ['the first use, of remote', `from ray import remote\n\n@«remote»\ndef f(): pass\n`],
    ['the first use, under another name', `import ray as r\ndef main():\n    return «r».get(1)\n`],
    ['only an import', `print(1)\n«from ray import data»\nx = 1\n`],
    ['only an import, of a submodule', `«import ray.data as d»\nd.range(1)\n`],
    ['an import that does not run', `try:\n    «import ray»\nexcept ImportError: pass\n`],
    [
      'another guard',
      `import ray\nif __name__ != "__main__": pass\nif name == "__main__": pass\n«ray».init()\n`,
    ],
    ['behind letters outside ASCII', `import ray; x = "é😀"; «ray».init()\n`],
  ])('%s', (_, marked) => {
    const { text, ranges } = unmark(marked);
    for (const eol of ['\n', '\r\n']) {
      const { entryPoint, usesRay } = checkScript(text.replaceAll('\n', eol), { hostCpus });
      expect(entryPoint).toEqual(ranges[0]?.range);
      expect(usesRay).toBe(true);
    }
  });

  test.each([
    ['an empty file', ''],
    ['a script without Ray', 'if __name__ == "__main__":\n    main()\n'],
    ["another tool's block", '# /// script\n# dependencies = ["ray"]\n# ///\nprint(1)\n'],
    [
      'other modules',
      'import rayon, x.ray, array as ray\nfrom .ray import y\nfrom rays import ray\nray.init()\n',
    ],
    ['words', '# import ray\n"import ray"\n'],
  ])('none in %s', (_, text) => {
    const { entryPoint, usesRay } = checkScript(text, { hostCpus });
    expect(entryPoint).toBeNull();
    expect(usesRay).toBe(false);
  });
});
