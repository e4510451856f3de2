/** Pieces that every record schema is made of. A schema and its type share one name. */
import Type, { type Static } from 'typebox';
import { DISPOSITIONS, OUTCOMES, SEVERITIES } from '../vocabulary.js';

/** A closed list of words as a schema whose type is the union of them. */
export function words<const T extends readonly string[]>(list: T, description?: string) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...list], ...(description && { description }) });
}

/** ISO 8601 in UTC with milliseconds. */
export const Instant = Type.String({ format: 'date-time', description: 'ISO 8601, UTC' });
export const UnitPathText = Type.String({ pattern: '^/$|^(?:/[a-z0-9][a-z0-9-]{0,62})+$', maxLength: 512 });
export const RealmText = Type.String({ pattern: '^(?:live|drill:[a-z0-9][a-z0-9-]{0,62})$' });
export const ClassificationNumber = Type.Unsafe<1 | 2 | 3>({
  type: 'integer',
  enum: [1, 2, 3],
  description: 'GB/T 43697-2024: 1 general, 2 important, 3 core',
});

/** The columns of every record: its identifier and what a scope is held against. */
export const placed = {
  id: Type.String({ minLength: 1, maxLength: 256 }),
  unit: UnitPathText,
  realm: RealmText,
  classification: ClassificationNumber,
};

export const SeverityWord = words(SEVERITIES, 'technical severity, Sigma levels');
export const DispositionWord = words(DISPOSITIONS, 'what triage concluded');
export const OutcomeWord = words(OUTCOMES, 'attack outcome');

export const Scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);
export const FieldsSchema = Type.Record(Type.String(), Type.Union([Scalar, Type.Array(Scalar)]), {
  description: 'flat dotted ECS and vendor paths',
});

export const EventSchema = Type.Object(
  {
    id: Type.String(),
    seq: Type.Integer({ description: 'ingest sequence within the journal' }),
    timeMs: Type.Number({ description: 'event time, epoch milliseconds' }),
    ingestedMs: Type.Number({ description: 'time of acceptance, epoch milliseconds' }),
    unit: UnitPathText,
    realm: RealmText,
    classification: ClassificationNumber,
    source: Type.String(),
    fields: FieldsSchema,
  },
  { $id: 'Event' },
);

/** A list answer: `total` counts the whole result, `next` is the cursor of the following page or null. */
export interface Page<T> {
  readonly total: number;
  readonly items: readonly T[];
  readonly next: string | null;
}

export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'stable; switch on this' }),
    detail: Type.Optional(Type.String()),
    remedy: Type.String(),
    requestId: Type.Optional(Type.String()),
    data: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]))),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          message: Type.String(),
          code: Type.Optional(Type.String({ description: 'stable name of this kind of finding' })),
          data: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]))),
          at: Type.Optional(Type.String()),
          line: Type.Optional(Type.Integer()),
          column: Type.Optional(Type.Integer()),
          remedy: Type.Optional(Type.String()),
        }),
      ),
    ),
  },
  { $id: 'Problem', description: 'RFC 9457' },
);
export type Problem = Static<typeof Problem>;
