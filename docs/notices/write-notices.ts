import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeNotices } from './notices.ts';

writeFileSync(join(import.meta.dirname, '../../THIRD-PARTY-NOTICES.md'), makeNotices());
