/**
 * What docs/ says of routes, identifiers and codes is what the code has.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bureauApi, type Route } from '../contract/bureau-api.ts';
import { ERRORS, isErrorCode } from '../contract/errors.ts';
import { TerminalRole } from '../contract/formats.ts';
import { IMIS_OID } from '../crypto/common/oids.ts';
import { CERTIFICATE_KINDS, type CertificateKind, policyOf } from '../crypto/pki/certificate-kinds.ts';
import { BUREAU_FOLDER_ERRORS } from '../main/app/bureau-folder-error.ts';
import { errorRows, errorsDocument } from '../scripts/error-table.ts';
import { cellsOf } from './harness/markdown-table.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const protocol = read('docs/protocol.md');

// Object.keys of a constant table has exactly its keys.
const KINDS = Object.keys(CERTIFICATE_KINDS) as CertificateKind[];

describe('docs/protocol.md', () => {
  it('has every route with its terminals and operator, and no other', () => {
    const rows = cellsOf(protocol).filter(([route]) => /^`(GET|POST) /u.test(route ?? ''));
    const expected = Object.values<Route>(bureauApi).map(({ method, path, terminals, operator }) => [
      `\`${method} ${path}\``,
      terminals.length === TerminalRole.options.length ? 'any' : terminals.join(', '),
      operator.kind === 'staff' ? `staff: ${operator.roles.join(', ')}` : operator.kind,
    ]);
    expect(rows.map((row) => row.slice(0, 3))).toEqual(expected);
  });

  it('has every object identifier of ours, and no other', () => {
    const rows = cellsOf(protocol).filter(([oid]) => oid?.startsWith('`2.25.'));
    const expected = [...Object.values(IMIS_OID), ...KINDS.map(policyOf)];
    expect(new Set(rows.map(([oid]) => oid))).toEqual(new Set(expected.map((oid) => `\`${oid}\``)));
    expect(rows).toHaveLength(expected.length);
    for (const kind of KINDS) {
      const row = rows.find(([oid]) => oid === `\`${policyOf(kind)}\``);
      expect(row?.[1]).toMatch(new RegExp(`^\`${kind}\``, 'u'));
    }
  });

  it('names only codes that exist', () => {
    const words = protocol.match(/\b[A-Z]+(?:_[A-Z]+)+\b(?!_)/gu) ?? [];
    // R_X_ID, PID_P and the like are the paper's names.
    const names = new Set(['AID_A', 'PID_P', 'PK_GK', 'PK_A', 'R_X', 'R_X_ID', 'MR_S', 'ID_D', 'H_M', 'R_P', 'F_']);
    expect(new Set(words.filter((word) => !isErrorCode(word) && !names.has(word)))).toEqual(new Set());
  });
});

describe('docs/errors.md', () => {
  it('has every code with its values', () => {
    const documented = cellsOf(read('docs/errors.md'));
    for (const row of cellsOf(errorRows().join('\n'))) expect(documented).toContainEqual(row);
    const codes = documented.map(([code]) => code?.replaceAll('`', '') ?? '');
    const known = [...Object.keys(ERRORS), ...Object.keys(BUREAU_FOLDER_ERRORS)];
    expect(known.filter((code) => !codes.includes(code))).toEqual([]);
  });

  it('is as scripts/write-errors.ts writes it', () => {
    expect(cellsOf(read('docs/errors.md'))).toEqual(cellsOf(errorsDocument()));
  });
});

describe('every document', () => {
  it.each([
    'docs/protocol.md',
    'docs/card.md',
    'docs/nhi-card.md',
    'docs/proxysig.md',
    'docs/threat-model.md',
    'docs/operations.md',
    'docs/errors.md',
    'SECURITY.md',
  ])('%s names only files that exist', (document) => {
    const text = read(document);
    const files = [...text.matchAll(/`((?:[a-z-]+\/)+[A-Za-z0-9.-]+\.(?:ts|tsx|md|mjs|c))`/gu)].map(
      ([, file]) => file ?? '',
    );
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)\)/gu)].map(([, link]) =>
      join(document.includes('/') ? 'docs' : '', link ?? ''),
    );
    expect([...files, ...links].filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});
