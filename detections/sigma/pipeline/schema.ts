/** The form of a pipeline file: what of Sigma's processing pipelines makes sense before rules are compiled. */
import Type, { type Static, type TSchema } from 'typebox';

const Word = Type.String({ minLength: 1, maxLength: 256 });
const Words = Type.Array(Word, { minItems: 1, maxItems: 1000 });
const Operator = Type.Union([Type.Literal('and'), Type.Literal('or')]);
const Scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);
/** Items of a detection by their field, with its modifiers. */
const Items = Type.Record(
  Type.String({ pattern: '^[^|]' }),
  Type.Union([Scalar, Type.Null(), Type.Array(Scalar, { minItems: 1, maxItems: 1000 })]),
  { minProperties: 1 },
);
export type Items = Static<typeof Items>;

const closed = { additionalProperties: false } as const;

const sourceWords = {
  product: Type.Optional(Word),
  category: Type.Optional(Word),
  service: Type.Optional(Word),
};

const ruleWise = {
  id: Type.Optional(Word),
  rule_conditions: Type.Optional(
    Type.Array(
      Type.Object({ type: Type.Literal('logsource'), ...sourceWords }, { ...closed, minProperties: 2 }),
      { minItems: 1, maxItems: 1000 },
    ),
  ),
  /** Default `and`. */
  rule_cond_op: Type.Optional(Operator),
  rule_cond_not: Type.Optional(Type.Boolean()),
};

const FieldConditions = Type.Array(
  Type.Object(
    {
      type: Type.Union([Type.Literal('include_fields'), Type.Literal('exclude_fields')]),
      fields: Words,
    },
    closed,
  ),
  { minItems: 1, maxItems: 100 },
);

const fieldOperators = {
  /** Default `and`. */
  field_name_cond_op: Type.Optional(Operator),
  field_name_cond_not: Type.Optional(Type.Boolean()),
};
const fieldWise = {
  ...ruleWise,
  field_name_conditions: Type.Optional(FieldConditions),
  ...fieldOperators,
};

const placeholders = { ...fieldWise, include: Type.Optional(Words), exclude: Type.Optional(Words) };

const FieldNameMapping = Type.Object(
  {
    type: Type.Literal('field_name_mapping'),
    ...fieldWise,
    mapping: Type.Record(Word, Type.Union([Word, Words]), { minProperties: 1 }),
  },
  closed,
);
const FieldNamePrefix = Type.Object(
  { type: Type.Literal('field_name_prefix'), ...fieldWise, prefix: Word },
  closed,
);
const DropDetectionItem = Type.Object(
  // Without a condition it would leave nothing of any rule.
  {
    type: Type.Literal('drop_detection_item'),
    ...ruleWise,
    field_name_conditions: FieldConditions,
    ...fieldOperators,
  },
  closed,
);
const ValuePlaceholders = Type.Object({ type: Type.Literal('value_placeholders'), ...placeholders }, closed);
const WildcardPlaceholders = Type.Object(
  { type: Type.Literal('wildcard_placeholders'), ...placeholders },
  closed,
);
const AddCondition = Type.Object(
  {
    type: Type.Literal('add_condition'),
    ...ruleWise,
    conditions: Items,
    negated: Type.Optional(Type.Boolean()),
  },
  closed,
);
const ChangeLogsource = Type.Object(
  {
    type: Type.Literal('change_logsource'),
    ...ruleWise,
    ...sourceWords,
    /** Ours: what an event of the log source has; of several maps one must hold. */
    events: Type.Optional(Type.Union([Items, Type.Array(Items, { minItems: 1, maxItems: 100 })])),
  },
  closed,
);
const RuleFailure = Type.Object({ type: Type.Literal('rule_failure'), ...ruleWise, message: Word }, closed);

export const TRANSFORMATIONS = {
  field_name_mapping: FieldNameMapping,
  field_name_prefix: FieldNamePrefix,
  drop_detection_item: DropDetectionItem,
  value_placeholders: ValuePlaceholders,
  wildcard_placeholders: WildcardPlaceholders,
  add_condition: AddCondition,
  change_logsource: ChangeLogsource,
  rule_failure: RuleFailure,
} as const satisfies Record<string, TSchema>;

export type Transformation = {
  [K in keyof typeof TRANSFORMATIONS]: Static<(typeof TRANSFORMATIONS)[K]>;
}[keyof typeof TRANSFORMATIONS];
export type RuleWise = Pick<Transformation, 'rule_conditions' | 'rule_cond_op' | 'rule_cond_not'>;
export type FieldWise = Static<typeof FieldNamePrefix>;

/** Values of one placeholder, at most. */
export const MOST_VALUES = 10_000;
const PlaceholderValue = Type.Union([Type.String({ minLength: 1 }), Type.Number()]);

/** The file but for its transformations, each of which has a form of its own. */
export const PipelineHead = Type.Object({
  name: Type.Optional(Word),
  /** Lower ones come first. Default 0. */
  priority: Type.Optional(Type.Number()),
  /** Values that placeholders stand for. */
  vars: Type.Optional(
    Type.Record(
      Word,
      Type.Union([PlaceholderValue, Type.Array(PlaceholderValue, { minItems: 1, maxItems: MOST_VALUES })]),
    ),
  ),
  transformations: Type.Optional(
    Type.Array(Type.Object({ type: Type.String() }), { minItems: 1, maxItems: 1000 }),
  ),
});
export type PipelineHead = Static<typeof PipelineHead>;
