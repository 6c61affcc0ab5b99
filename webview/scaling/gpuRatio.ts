/** The question that nobody but the user can answer: how much faster a real GPU is than what ran in place of it. */
import { html, type TemplateResult } from 'lit';

export function gpuRatioField(ratio: number | null, onChange: (ratio: number) => void): TemplateResult {
  const submit = (event: Event): void => {
    event.preventDefault();
    const value = new FormData(event.target as HTMLFormElement).get('ratio');
    onChange(Number(value));
  };
  return html`<form class="gpu-ratio" @submit=${submit}>
    <label
      >A real GPU is
      <input
        class="field"
        type="number"
        name="ratio"
        min="0.1"
        max="10000"
        step="any"
        required
        .value=${ratio === null ? '' : String(ratio)}
      />
      times faster</label
    >
    <button class="field" type="submit">Predict</button>
  </form>`;
}
