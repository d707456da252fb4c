const megabyte = 1024 * 1024;

/** A project's limits as hosted has them (plan Pro), and what bounds this server's memory. */
export const defaultLimits = {
  frameBytes: 5 * megabyte,
  /** A broadcast's or a presence's payload. */
  payloadBytes: 3 * megabyte,
  connections: 1_000,
  channelsPerConnection: 100,
  presenceCalls: 5,
  presenceWindowMilliseconds: 30_000,
  /** A whole change; a larger one comes without its large values. */
  changeBytes: megabyte,
  /** Silence after which a connection is taken for dead. */
  idleMilliseconds: 60_000,
  /** How often silence and expired tokens are looked for. */
  sweepMilliseconds: 1_000,
  /** What may wait for one client to read it. */
  bufferBytes: 8 * megabyte,
  /** Frames of one connection being handled; further ones stay in the network. */
  pendingFrames: 200,
  /** Changes read from the log and not yet delivered; further ones stay in the log. */
  backlogBytes: 16 * megabyte,
  batchSize: 500,
  /** One policy check. */
  statementMilliseconds: 5_000,
};

export type RealtimeLimits = typeof defaultLimits;
