/**
 * Stands in for the ways into auth-js that the console does not offer, security keys and wallets: the client is on the
 * way of the first page. A console that offers one takes its stand-in away.
 */
function notOffered(): never {
  throw new Error('The console offers no security keys and no wallets');
}
export class WebAuthnApi {}
export const webAuthnAbortService = { createNewAbortSignal: notOffered, cancelCeremony: notOffered };
export const browserSupportsWebAuthn = (): boolean => false;
export const createCredential = notOffered;
export const getCredential = notOffered;
export const deserializeCredentialCreationOptions = notOffered;
export const deserializeCredentialRequestOptions = notOffered;
export const serializeCredentialCreationResponse = notOffered;
export const serializeCredentialRequestResponse = notOffered;
export const createSiweMessage = notOffered;
export const fromHex = notOffered;
export const getAddress = notOffered;
export const toHex = notOffered;
