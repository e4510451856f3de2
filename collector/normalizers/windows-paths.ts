/** Windows' notations for paths, accounts, hashes and numbers, put into their ECS places. */
import type { Draft } from './draft.js';

/** The last part of a path with `\` or `/`. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1);
}

/** `prefix.executable` and `prefix.name`. */
export function setExecutable(draft: Draft, prefix: string, path: string | undefined): void {
  if (path === undefined) return;
  draft.set(`${prefix}.executable`, path);
  draft.set(`${prefix}.name`, baseName(path));
}

/** `file.path`, `file.name`, `file.directory`, `file.extension`. */
export function setFile(draft: Draft, path: string | undefined): void {
  if (path === undefined) return;
  const name = baseName(path);
  draft.set('file.path', path);
  draft.set('file.name', name);
  if (name.length < path.length) draft.set('file.directory', path.slice(0, path.length - name.length - 1));
  const dot = name.lastIndexOf('.');
  if (dot > 0) draft.set('file.extension', name.slice(dot + 1));
}

/** `DOMAIN\name` to `user.domain` and `user.name`. */
export function setUser(draft: Draft, account: string | undefined, prefix = 'user'): void {
  if (account === undefined) return;
  const at = account.indexOf('\\');
  if (at >= 0) draft.set(`${prefix}.domain`, account.slice(0, at));
  draft.set(`${prefix}.name`, account.slice(at + 1));
}

/** Decimal or hexadecimal (`0x1f4`) process ids. */
export function processId(text: string | undefined): number | undefined {
  if (text === undefined || !/^(?:0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(text)) return undefined;
  return Number(text);
}

/** `MD5=…,SHA256=…,IMPHASH=…` to `prefix.hash.md5` … and `prefix.pe.imphash`, in lower case. */
export function setHashes(draft: Draft, prefix: string, hashes: string | undefined): void {
  if (hashes === undefined) return;
  for (const match of hashes.matchAll(/(MD5|SHA1|SHA256|SHA512|IMPHASH)=([0-9A-Fa-f]{32,128})/g)) {
    const name = (match[1] as string).toLowerCase();
    draft.set(
      name === 'imphash' ? `${prefix}.pe.imphash` : `${prefix}.hash.${name}`,
      (match[2] as string).toLowerCase(),
    );
  }
}

const HIVES: readonly [RegExp, string][] = [
  [/^(?:HKEY_LOCAL_MACHINE|\\REGISTRY\\MACHINE)(?=\\|$)/i, 'HKLM'],
  [/^(?:HKEY_USERS|\\REGISTRY\\USER)(?=\\|$)/i, 'HKU'],
];

/** `registry.hive`, `registry.key`, `registry.value`, `registry.path`; the path stays as Windows wrote it. */
export function setRegistry(draft: Draft, path: string | undefined, value?: string): void {
  if (path === undefined) return;
  draft.set('registry.path', value === undefined ? path : `${path}\\${value}`);
  let short = path;
  for (const [pattern, hive] of HIVES) short = short.replace(pattern, hive);
  const at = short.indexOf('\\');
  if (at <= 0) return;
  draft.set('registry.hive', short.slice(0, at));
  draft.set('registry.key', short.slice(at + 1));
  draft.set('registry.value', value ?? baseName(short));
}
