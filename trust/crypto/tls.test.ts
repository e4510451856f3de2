import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initTls, type TlsFiles } from './tls.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fenghuo-tls-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const clock = { nowMs: () => Date.now() };

async function init(...hosts: string[]): Promise<TlsFiles> {
  const result = await initTls(folder, hosts, clock);
  if (!result.ok) throw new Error(result.fault.code);
  return result.value;
}

describe('tls init', () => {
  it('serves a TLS connection that a client trusting the CA alone accepts, by every name', async () => {
    const files = await init('fenghuo.gov.example', '192.0.2.10', '烽火.example');
    const server = createServer(
      { key: await readFile(files.key), cert: await readFile(files.certificate) },
      (socket) => socket.end('lit'),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ca = await readFile(files.caCertificate);
    try {
      const greet = async (servername: string): Promise<string> => {
        const socket = connect({ host: '127.0.0.1', port, ca, servername, minVersion: 'TLSv1.3' });
        socket.setEncoding('utf8');
        const [data] = (await once(socket, 'data')) as [string];
        socket.destroy();
        return data;
      };
      for (const name of ['fenghuo.gov.example', 'localhost', 'xn--vnx1l.example'])
        expect(await greet(name)).toBe('lit');
      await expect(greet('elsewhere.example')).rejects.toMatchObject({
        code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      });
      const untrusting = connect({ host: '127.0.0.1', port, servername: 'localhost' });
      await expect(once(untrusting, 'secureConnect')).rejects.toMatchObject({
        code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      });
    } finally {
      server.close();
    }
  });

  it('issues what X.509 asks for', async () => {
    const files = await init('fenghuo.gov.example', '192.0.2.10', '2001:db8::7');
    const ca = new X509Certificate(await readFile(files.caCertificate));
    const certificate = new X509Certificate(await readFile(files.certificate));
    expect(ca.ca).toBe(true);
    expect(ca.verify(ca.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.checkIssued(ca)).toBe(true);
    expect(certificate.checkHost('fenghuo.gov.example')).toBeDefined();
    for (const address of ['192.0.2.10', '2001:db8::7', '127.0.0.1', '::1'])
      expect(certificate.checkIP(address)).toBe(address);
    expect(certificate.checkIP('192.0.2.11')).toBeUndefined();
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    const days = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / 86_400_000;
    expect(days).toBeGreaterThan(397);
    expect(days).toBeLessThan(398);
    expect(certificate.serialNumber).not.toBe(ca.serialNumber);
  });

  it('keeps the keys to the owner', async () => {
    const files = await init();
    for (const path of [files.key, files.caKey]) expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('overwrites nothing', async () => {
    await writeFile(join(folder, 'ca.key'), 'mine');
    expect(await initTls(folder, [], clock)).toMatchObject({ ok: false, fault: { code: 'exists' } });
    expect(await readFile(join(folder, 'ca.key'), 'utf8')).toBe('mine');
    await expect(stat(join(folder, 'server.key'))).rejects.toThrow();
  });

  for (const host of ['https://a.example', 'a b', 'a.example:8470', '', '*.example'])
    it(`refuses \`${host}\` as a host`, async () => {
      expect(await initTls(folder, [host], clock)).toMatchObject({ fault: { code: 'config_invalid' } });
    });
});
