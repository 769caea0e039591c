/**
 * Rewrites docs/errors.md: `node scripts/write-errors.ts`.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorsDocument } from './error-table.ts';

writeFileSync(join(import.meta.dirname, '..', 'docs', 'errors.md'), errorsDocument());
