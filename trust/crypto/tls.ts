/**
 * Certificates for one machine: a certificate authority of its own and a server certificate signed by it. node-forge only
 * issues them; every verification is TLS's and node:crypto's.
 */
import { generateKeyPair, randomBytes } from 'node:crypto';
import { access, mkdir, open, rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { domainToASCII } from 'node:url';
import { promisify } from 'node:util';
import forge from 'node-forge';
import type { Clock } from '#kernel/clock.js';
import { fault } from '#kernel/errors.js';
import { fail, ok, type Result } from '#kernel/result.js';

const DAY_MS = 86_400_000;
const CA_DAYS = 3650;
/** Browsers refuse server certificates that are valid for longer than 398 days. */
const SERVER_DAYS = 397;
/** A peer's clock may be behind. */
const BACKDATED_MS = 3_600_000;

/** PEM texts. */
export interface IssuedTls {
  readonly caCertificate: string;
  readonly caKey: string;
  readonly certificate: string;
  readonly key: string;
}

/** Paths of what was written, and until when the server certificate is valid. */
export interface TlsFiles {
  readonly caCertificate: string;
  readonly caKey: string;
  readonly certificate: string;
  readonly key: string;
  readonly hosts: readonly string[];
  readonly expiresAt: string;
}

const FILES = {
  caCertificate: 'ca.crt',
  caKey: 'ca.key',
  certificate: 'server.crt',
  key: 'server.key',
} as const;
type Piece = keyof typeof FILES;
const PIECES = Object.keys(FILES) as Piece[];

/**
 * Writes `ca.crt`, `ca.key`, `server.crt` and `server.key` (keys 0600) into the folder. `localhost` and the loopback
 * addresses are always among the names. Faults `config_invalid` (not a host), `exists` (nothing is overwritten).
 */
export async function initTls(
  folder: string,
  hosts: readonly string[],
  clock: Clock,
): Promise<Result<TlsFiles>> {
  const names: string[] = [];
  for (const host of [...hosts, 'localhost', '127.0.0.1', '::1']) {
    const name = hostName(host);
    if (name === undefined)
      return fail(
        fault('config_invalid', {
          name: host,
          reason: 'it is neither a host name nor an address',
          how: 'give it without scheme and port',
        }),
      );
    if (!names.includes(name)) names.push(name);
  }
  const paths = Object.fromEntries(PIECES.map((piece) => [piece, join(folder, FILES[piece])])) as Record<
    Piece,
    string
  >;
  for (const path of Object.values(paths))
    if (await isThere(path)) return fail(fault('exists', { what: 'file', id: path }));
  const issued = await issueTls(names, clock.nowMs());
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const written: string[] = [];
  try {
    for (const piece of PIECES) {
      // Exclusive: of two at once one fails and takes its own files away.
      const file = await open(paths[piece], 'wx', piece === 'key' || piece === 'caKey' ? 0o600 : 0o644);
      written.push(paths[piece]);
      await file.writeFile(issued[piece]);
      await file.sync();
      await file.close();
    }
  } catch (error) {
    for (const path of written) await rm(path, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      return fail(fault('exists', { what: 'file', id: folder }));
    throw error;
  }
  return ok({
    ...paths,
    hosts: names,
    expiresAt: new Date(clock.nowMs() + SERVER_DAYS * DAY_MS).toISOString(),
  });
}

/** `hosts` are DNS names and addresses; the first one is the certificate's common name. */
export async function issueTls(hosts: readonly string[], nowMs: number): Promise<IssuedTls> {
  const [ca, server] = await Promise.all([newKeys(), newKeys()]);
  const caName = [
    { name: 'commonName', value: `Fenghuo local CA ${randomBytes(4).toString('hex')}` },
    { name: 'organizationName', value: 'Fenghuo' },
  ];
  const caKeyId = keyId(ca.publicKey);
  const caCertificate = forge.pki.createCertificate();
  describe(caCertificate, ca.publicKey, caName, caName, nowMs, CA_DAYS);
  caCertificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier', subjectKeyIdentifier: caKeyId.toHex() },
  ]);
  caCertificate.sign(ca.privateKey, forge.md.sha256.create());

  const certificate = forge.pki.createCertificate();
  describe(
    certificate,
    server.publicKey,
    [{ name: 'commonName', value: (hosts[0] ?? 'localhost').slice(0, 64) }],
    caName,
    nowMs,
    SERVER_DAYS,
  );
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', serverAuth: true },
    // RFC 5280, section 4.2.1.6: type 2 is a DNS name, 7 an address.
    {
      name: 'subjectAltName',
      altNames: hosts.map((host) => (isIP(host) ? { type: 7, ip: host } : { type: 2, value: host })),
    },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: caKeyId.getBytes() },
  ]);
  certificate.sign(ca.privateKey, forge.md.sha256.create());
  return {
    caCertificate: forge.pki.certificateToPem(caCertificate),
    caKey: ca.pem,
    certificate: forge.pki.certificateToPem(certificate),
    key: server.pem,
  };
}

function describe(
  certificate: forge.pki.Certificate,
  publicKey: forge.pki.rsa.PublicKey,
  subject: forge.pki.CertificateField[],
  issuer: forge.pki.CertificateField[],
  nowMs: number,
  days: number,
): void {
  certificate.publicKey = publicKey;
  // A leading 01 keeps the number positive (RFC 5280, section 4.1.2.2).
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = new Date(nowMs - BACKDATED_MS);
  certificate.validity.notAfter = new Date(nowMs + days * DAY_MS);
  certificate.setSubject(subject);
  certificate.setIssuer(issuer);
}

/** node:crypto makes the keys: forge's own take seconds. */
async function newKeys() {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 3072,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    // forge reads PKCS#1.
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return {
    publicKey: forge.pki.publicKeyFromPem(publicKey),
    privateKey: forge.pki.privateKeyFromPem(privateKey),
    pem: privateKey,
  };
}

function keyId(publicKey: forge.pki.rsa.PublicKey): forge.util.ByteStringBuffer {
  return forge.pki.getPublicKeyFingerprint(publicKey, {
    type: 'RSAPublicKey',
  }) as forge.util.ByteStringBuffer;
}

function hostName(host: string): string | undefined {
  if (isIP(host)) return host;
  const ascii = domainToASCII(host);
  return /^(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*$/.test(ascii) && ascii.length <= 253
    ? ascii
    : undefined;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
