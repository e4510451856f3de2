/** Reads YAML by its core schema; what cannot be read comes back with its place. */
import { CORE_SCHEMA, YAMLException } from 'js-yaml';
import type { Diagnostic } from '#kernel/schema/rule.js';
import { syntaxDiagnostics } from './place.js';

export type ReadYaml<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** `load`: js-yaml's, for one document or for all. Never throws. */
export function readYaml<T>(
  load: (text: string, options: { readonly schema: typeof CORE_SCHEMA }) => T,
  text: string,
  file: string,
): ReadYaml<T> {
  try {
    return { ok: true, value: load(text, { schema: CORE_SCHEMA }) };
  } catch (error) {
    const mark = error instanceof YAMLException ? error.mark : undefined;
    const message = error instanceof YAMLException ? error.reason : String(error);
    return {
      ok: false,
      diagnostics: syntaxDiagnostics(text, file, { message, offset: mark?.position ?? 0 }),
    };
  }
}
