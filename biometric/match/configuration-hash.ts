/**
 * One name for everything that an accuracy or a speed figure depends on.
 * @module
 */
import { createHash } from 'node:crypto';
import { EXTRACTION } from '../extract/extraction-parameters.ts';
import { FILTERS } from '../extract/filter-bank.ts';
import { MATCHING } from './matching-parameters.ts';

/** First 16 hex digits of SHA-256 over all parameters of extraction and comparison, as JSON in the order they are written. */
export const configurationHash = (): string =>
  createHash('sha256')
    .update(JSON.stringify([EXTRACTION, FILTERS, MATCHING]))
    .digest('hex')
    .slice(0, 16);
