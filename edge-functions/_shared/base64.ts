/** Standard base64, as OpenSSL and every desktop language read it. */
export function toBase64(bytes: ArrayBuffer | Uint8Array): string {
  return btoa(
    Array.from(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(
      '',
    ),
  );
}

/** Decodes base64url, padded or not. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (character) => character.charCodeAt(0));
}
