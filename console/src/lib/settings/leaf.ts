/** The leaf hash of an audit entry, calculated here from its canonical bytes: RFC 6962, section 2.1. */

/** SHA-256(0x00 ‖ bytes), hex; undefined where the browser offers no hashing (plain http off loopback). */
export async function leafOf(bytes: string): Promise<string | undefined> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (!subtle) return undefined;
  const text = new TextEncoder().encode(bytes);
  const leaf = new Uint8Array(text.length + 1);
  leaf.set(text, 1);
  const digest = new Uint8Array(await subtle.digest('SHA-256', leaf));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
