// Runs inside Deno: starts one edge function behind a loopback port known to the gateway alone.
const [entrypoint, token, marker] = Deno.args;
const serve = Deno.serve;
let handler;

Deno.serve = (...args) => {
  const given =
    args.find((argument) => typeof argument === 'function') ?? args.find((argument) => argument?.handler)?.handler;
  if (typeof given !== 'function') throw new TypeError('Deno.serve needs a handler');
  handler = given;
  const finished = new Promise(() => {});
  return {
    finished,
    addr: { transport: 'tcp', hostname: '127.0.0.1', port: 0 },
    ref() {},
    unref() {},
    shutdown: async () => {},
  };
};

globalThis.EdgeRuntime = {
  waitUntil(promise) {
    promise.catch((error) => console.error('EdgeRuntime.waitUntil', error));
    return promise;
  },
};

globalThis.addEventListener('unhandledrejection', (event) => {
  // As on hosted, a forgotten rejection is logged and the worker lives.
  event.preventDefault();
  console.error('Unhandled rejection', event.reason);
});

// Standard input ends with the home, however it ended.
void (async () => {
  for await (const _ of Deno.stdin.readable);
  Deno.exit(0);
})();

try {
  const module = await import(entrypoint);
  handler ??= module.default?.fetch?.bind(module.default);
  if (typeof handler !== 'function')
    throw new TypeError(`${entrypoint} neither calls Deno.serve nor exports default { fetch }`);
} catch (error) {
  console.error(error);
  Deno.exit(1);
}

const workerError = () =>
  Response.json(
    { code: 'WORKER_ERROR', message: 'Function exited due to an error (please check logs)' },
    { status: 500 },
  );

serve(
  {
    hostname: '127.0.0.1',
    port: 0,
    onListen: ({ port }) => console.log(`${marker} ${port}`),
    onError(error) {
      console.error(error);
      return workerError();
    },
  },
  (request, info) =>
    request.headers.get('x-worker-token') === token ? handler(request, info) : new Response(null, { status: 403 }),
);
