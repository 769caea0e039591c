/**
 * Rewrites the calibration of scores from real images; to be done again whenever a parameter of extraction or comparison changed.
 *
 *   node bench/fingerprint/write-calibration.ts DIR   DIR holds one folder for each set
 * @module
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationHash } from '../../biometric/match/configuration-hash.ts';
import { openFingerprintFiles } from '../../main/app/fingerprint-files.ts';
import { calibrate } from './impostor-rates.ts';

const dir = process.argv[2];
if (dir === undefined) throw new Error('which folder?');
const files = await openFingerprintFiles(500);
const names = readdirSync(dir, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
const sets = [];
for (const name of names.sort()) sets.push([...files.comparePairs(await files.readFolder(join(dir, name)))]);
const target = join(import.meta.dirname, '..', '..', 'biometric', 'match', 'calibration.json');
writeFileSync(
  target,
  `${JSON.stringify({ configuration: configurationHash(), data: names.sort().join(', '), ...calibrate(sets) }, null, 2)}\n`,
);
console.log(target);
