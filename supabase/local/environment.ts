import { environmentPrefix } from './home.config.ts';

/** Names of the environment variables that move a home. */
export const variables = {
  portBase: `${environmentPrefix}_PORT_BASE`,
  dataDir: `${environmentPrefix}_DATA_DIR`,
};

const valueOf = (name: string) => process.env[name]?.trim() || undefined;

export const environmentDataDir = () => valueOf(variables.dataDir);

export function environmentPortBase(): number | undefined {
  const value = valueOf(variables.portBase);
  return value === undefined ? undefined : Number(value);
}
