/** Which rules and which fields a transformation is meant for. */
import type { LogSource } from '../taxonomy.js';
import type { FieldWise, RuleWise, Transformation } from './schema.js';

/** A word that a condition leaves out may be any; case does not matter, as nowhere in log sources. */
export function concernsRule(one: RuleWise, source: LogSource): boolean {
  const { rule_conditions: conditions, rule_cond_op: op, rule_cond_not: negated } = one;
  if (!conditions) return true;
  const found = conditions.map((condition) =>
    (['product', 'category', 'service'] as const).every(
      (key) => condition[key] === undefined || condition[key].toLowerCase() === source[key]?.toLowerCase(),
    ),
  );
  return decided(found, op, negated);
}

export function concernsField(one: Transformation, name: string): boolean {
  if (!('field_name_conditions' in one)) return true;
  const {
    field_name_conditions: conditions,
    field_name_cond_op: op,
    field_name_cond_not: negated,
  } = one as FieldWise;
  if (!conditions) return true;
  const found = conditions.map(({ type, fields }) => fields.includes(name) === (type === 'include_fields'));
  return decided(found, op, negated);
}

function decided(found: readonly boolean[], op: 'and' | 'or' = 'and', negated = false): boolean {
  return (op === 'and' ? found.every(Boolean) : found.some(Boolean)) !== negated;
}
