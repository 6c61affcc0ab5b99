/**
 * Styles that data decides. lit's own `styleMap` first writes a `style` attribute, which the content security policy
 * refuses; this sets the properties one by one. Stands alone in a tag: `<span ${styled({ color })}>`.
 */
import { noChange } from 'lit';
import { Directive, directive, type ElementPart, type PartInfo, PartType } from 'lit/directive.js';

class StyledDirective extends Directive {
  private before: Record<string, string> = {};

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error('styled() stands alone in a tag.');
  }

  render(_properties: Record<string, string>): typeof noChange {
    return noChange;
  }

  override update(part: ElementPart, [properties]: [Record<string, string>]): typeof noChange {
    const { style } = part.element as HTMLElement | SVGElement;
    for (const name of Object.keys(this.before)) if (!(name in properties)) style.removeProperty(name);
    for (const [name, value] of Object.entries(properties)) {
      if (this.before[name] !== value) style.setProperty(name, value);
    }
    this.before = properties;
    return noChange;
  }
}

/** Property names as CSS has them. */
export const styled = directive(StyledDirective);
