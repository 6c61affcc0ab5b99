/** Which clusters a prediction is for: of machines that one rents, or one like those that are started here. */
import { html, type TemplateResult } from 'lit';

export function placeField(isHere: boolean, onChange: (isHere: boolean) => void): TemplateResult {
  return html`<label class="place"
    >Nodes
    <select
      class="field"
      @change=${(event: Event) => onChange((event.target as HTMLSelectElement).value === 'here')}
    >
      <option value="own" .selected=${!isHere}>with cores of their own</option>
      <option value="here" .selected=${isHere}>on this machine, which share its cores</option>
    </select></label
  >`;
}
