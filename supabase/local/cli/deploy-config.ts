import { HomeError } from '../errors.ts';
import { deployConfig } from '../deploy-config.ts';

try {
  process.exit(await deployConfig(process.env, process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof HomeError ? error.message : error);
  process.exit(error instanceof HomeError ? 2 : 1);
}
