/** An ECDSA signature over P-256 as WebCrypto wants it: r and s of 32 bytes each. Null when it is not DER. */
export function rawSignature(der: Uint8Array): Uint8Array<ArrayBuffer> | null {
  if (der.length < 8 || der.length > 72 || der[0] !== 0x30 || der[1] !== der.length - 2) return null;
  const raw = new Uint8Array(64);
  let offset = 2;
  for (const end of [32, 64]) {
    const length = der[offset + 1] ?? 0;
    const value = der.subarray(offset + 2, offset + 2 + length);
    if (der[offset] !== 0x02 || length === 0 || value.length !== length) return null;
    const digits = value[0] === 0 ? value.subarray(1) : value;
    if (digits.length > 32) return null;
    raw.set(digits, end - digits.length);
    offset += 2 + length;
  }
  return offset === der.length ? raw : null;
}

const fromBase64 = (text: string) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** Proves what the holder of the private key signed: the bytes of `timestamp` and of the body, one after the other. */
export type VerifyEvents = (timestamp: string, body: Uint8Array, signature: string) => Promise<boolean>;

/** `publicKeys` as SendGrid shows them: SubjectPublicKeyInfo in Base64; two while one is being replaced. */
export async function createVerifyEvents(publicKeys: string[]): Promise<VerifyEvents> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const keys = await Promise.all(
    publicKeys.map((key) => crypto.subtle.importKey('spki', fromBase64(key), algorithm, false, ['verify'])),
  );
  return async (timestamp, body, signature) => {
    if (!/^[A-Za-z0-9+/]{1,200}={0,2}$/.test(signature)) return false;
    let raw: Uint8Array<ArrayBuffer> | null;
    try {
      raw = rawSignature(fromBase64(signature));
    } catch {
      return false;
    }
    if (!raw) return false;
    const prefix = new TextEncoder().encode(timestamp);
    const signed = new Uint8Array(prefix.length + body.length);
    signed.set(prefix);
    signed.set(body, prefix.length);
    for (const key of keys)
      if (await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, raw, signed)) return true;
    return false;
  };
}
