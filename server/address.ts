/** Listening addresses: `host:port`, `[v6]:port` or a port alone. */
import ipaddr from 'ipaddr.js';

export interface Address {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Undefined where the text is not an address. A port alone means 127.0.0.1. */
export function parseAddress(text: string): Address | undefined {
  const found = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^:\s[\]]+)):)?(\d{1,5})$/.exec(text.trim());
  if (!found) return undefined;
  const port = Number(found[3]);
  const host = found[1] ?? found[2] ?? '127.0.0.1';
  if (port > 65_535 || (found[1] !== undefined && !ipaddr.IPv6.isValid(host))) return undefined;
  return { host, port };
}

/**
 * True for a Host header by which this machine calls itself. A page of another site whose name was made to resolve to
 * 127.0.0.1 (DNS rebinding) still says its own name. Absent or empty: no browser asks so.
 */
export function namesLoopback(host: string | undefined): boolean {
  if (!host) return true;
  const [, v6, name = v6] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(host.trim().toLowerCase()) ?? [];
  return name !== undefined && (isLoopback(name) || name.endsWith('.localhost'));
}

export function printAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** True for 127.0.0.0/8, ::1 and `localhost`; a name that only the resolver knows counts as off loopback. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  if (!ipaddr.isValid(host)) return false;
  return ipaddr.process(host).range() === 'loopback';
}
