import { ref } from 'vue';

/** Nothing reaches the server: said by the browser, or found out by asking it. `app/shell/Connection.vue` decides. */
export const offline = ref(false);

let onDoubt: () => void = () => {};

/** A request got no answer, or the stream broke: whoever watches the connection looks into it. */
export const doubtConnection = (): void => onDoubt();

export function onConnectionDoubted(listener: () => void): () => void {
  onDoubt = listener;
  return () => (onDoubt = () => {});
}

/** The browser itself says that there is no network: what is asked now does not leave. */
export const isCutOff = (): boolean => typeof navigator !== 'undefined' && navigator.onLine === false;
