/** How the rules of one log source are read: where their events and fields lie, and what pipelines make of them. */
import type { Query } from '#kernel/query/ast.js';
import type { DocumentPath, Problem } from './problem.js';
import type { LogSource } from './taxonomy.js';

/** A field of a rule. */
export interface MappedField {
  /** Paths of our events that it stands for; any of them may hold. */
  readonly paths: readonly string[];
  /** Items on it are left out of the rule. */
  readonly dropped: boolean;
  /** Values that `%name%` stands for in items on it, escapes and wildcards in place; undefined: it is not defined. */
  placeholder(name: string): readonly string[] | undefined;
}

/** The empty name is that of keywords, which have no field. */
export type MapField = (field: string) => MappedField;

/** A part of a pipeline file, by its path within the document. */
export interface PipelinePart {
  /** The path of the file. */
  readonly file: string;
  readonly at: DocumentPath;
}

/** What a pipeline did to a rule. Plain JSON. */
export interface Applied {
  /** The pipeline as people know it: its file within the rule folder. */
  readonly pipeline: string;
  /** Shown below the rule's text: its version is of both. */
  readonly effect: Readonly<Record<string, unknown>>;
  readonly parts: readonly PipelinePart[];
}

/** A field that a rule asks for, and where it is looked for. */
export type AskedField = readonly [field: string, paths: readonly string[]];

/** Made for one rule: it keeps what that rule asked. */
export interface RuleMapping {
  /** Which events are of the log source. */
  readonly query: Query;
  /** What would bring these events, where no normalizer makes them and no pipeline says what they are. */
  readonly delivery: string | undefined;
  readonly field: MapField;
  /** What must hold besides the rule's own condition. */
  readonly added: readonly Query[];
  /** Why the rule cannot be loaded, at its log source. */
  readonly problems: readonly Problem[];
  /** What of pipelines took effect up to now. */
  applied(): readonly Applied[];
  /** The fields that were asked for up to now, in their order. */
  asked(): readonly AskedField[];
}

export type MapRule = (source: LogSource) => RuleMapping;
