/** Addresses in logs: is it one, is it private, and which path does it belong to. */
import { isIP } from 'node:net';
import type { Draft } from './draft.js';

/** The address without zone and without the IPv4-mapped prefix; undefined where the text is none. */
export function readAddress(text: string | undefined): string | undefined {
  if (text === undefined || text.length > 64) return undefined;
  const bare = text.startsWith('::ffff:') && text.includes('.') ? text.slice(7) : text;
  const zone = bare.indexOf('%');
  const address = zone > 0 ? bare.slice(0, zone) : bare;
  return isIP(address) === 0 ? undefined : address;
}

/** RFC 1918, RFC 6598, loopback, link-local and unique local addresses. */
export function isPrivate(address: string): boolean {
  return (
    /^(?:10\.|127\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
      address,
    ) || /^(?:::1$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i.test(address)
  );
}

/** `source.address`, and `source.ip` or `source.domain` by what it is. */
export function setSource(draft: Draft, text: string | undefined, port?: string | number): void {
  if (text === undefined || text === '' || text === '-') return;
  draft.set('source.address', text);
  const address = readAddress(text);
  if (address !== undefined) draft.set('source.ip', address);
  else draft.set('source.domain', text);
  setPort(draft, 'source.port', port);
}

/** Ports come as text or number; anything else than 0–65535 is left out. */
export function setPort(draft: Draft, path: string, port: string | number | undefined): void {
  if (port === undefined || port === '' || port === '-') return;
  const number = Number(port);
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) draft.set(path, number);
}
