/**
 * Rewrites THIRD-PARTY-NOTICES.md: `node scripts/write-notices.ts`.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { noticesDocument } from './notices.ts';

writeFileSync(join(import.meta.dirname, '..', 'THIRD-PARTY-NOTICES.md'), noticesDocument());
