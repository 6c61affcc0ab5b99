/** What a pane says while it has nothing to draw. */
import { expect, it } from 'vitest';
import { succeededView } from '../../browser/sampleRun';
import { emptyTexts } from '../../../webview/emptyTexts';

it('the log of a prediction does not say that the script printed nothing', () => {
  const view = succeededView();
  expect(emptyTexts(view).log).toBe('The script printed nothing.');
  expect(emptyTexts({ ...view, source: 'simulation' }).log).toMatch(/nothing was run/);
});
