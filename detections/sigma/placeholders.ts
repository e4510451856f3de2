/** The modifier `expand`: puts the values of placeholders in their place. */
import type { RuleValue } from './item.js';
import type { MappedField } from './mapping.js';
import type { DocumentPath, Report } from './problem.js';

export interface PlacedValue {
  readonly value: RuleValue;
  readonly at: DocumentPath;
}

const PLACEHOLDER = /%([^%\s]+)%/;
/** Values that one may become. */
const MOST_EXPANDED = 20_000;

/** Each value as if it had been written with what its placeholders stand for. Undefined where one is not defined. */
export function expandValues(
  values: readonly PlacedValue[],
  placeholder: MappedField['placeholder'],
  report: Report,
): readonly PlacedValue[] | undefined {
  const expanded: PlacedValue[] = [];
  let sound = true;
  for (const { value, at } of values) {
    if (typeof value !== 'string') {
      expanded.push({ value, at });
      continue;
    }
    const texts = expandText(value, placeholder);
    if (Array.isArray(texts)) for (const text of texts as string[]) expanded.push({ value: text, at });
    else {
      sound = false;
      report({
        code: 'sigma.value.undefined_placeholder',
        message: `the placeholder \`%${String(texts)}%\` is not defined`,
        hint: 'list its values in a pipeline: `vars`, and a transformation `value_placeholders`; see docs/rules.md',
        at,
      });
    }
    if (expanded.length <= MOST_EXPANDED) continue;
    report({
      code: 'sigma.document.too_large',
      message: `with its placeholders the item has more than ${MOST_EXPANDED} values`,
      hint: 'use fewer placeholders in one value, or give them fewer values',
      at,
    });
    return undefined;
  }
  return sound ? expanded : undefined;
}

/** The name of a placeholder that is not defined, or all texts that the value stands for. */
function expandText(value: string, placeholder: MappedField['placeholder']): readonly string[] | string {
  let heads = [''];
  let rest = value;
  for (let found = PLACEHOLDER.exec(rest); found; found = PLACEHOLDER.exec(rest)) {
    const [whole, name = ''] = found;
    const values = placeholder(name);
    if (!values) return name;
    const before = rest.slice(0, found.index);
    // A few more than are allowed tell as much as all of them.
    heads = heads
      .slice(0, Math.ceil((MOST_EXPANDED + 1) / values.length))
      .flatMap((head) => values.map((one) => `${head}${before}${one}`));
    rest = rest.slice(found.index + whole.length);
  }
  return heads.map((head) => head + rest);
}
