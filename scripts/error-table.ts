/**
 * docs/errors.md out of the two tables of codes: what a desk or another implementation meets, and what an administrator meets.
 * @module
 */
import { ERRORS, type ErrorEntry } from '../contract/errors.ts';
import { BUREAU_FOLDER_ERRORS } from '../main/app/bureau-folder-error.ts';

const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

/** One line for each code of contract/errors.ts, in the table's order. */
export const errorRows = (): readonly string[] =>
  Object.entries<ErrorEntry>(ERRORS).map(([code, { ref, http, retry, who, cshis }]) =>
    row(`\`${code}\``, ref, http, retry ? 'yes' : 'no', who, cshis ?? ''),
  );

/** One line for each code of the bureau's folder. */
export const folderErrorRows = (): readonly string[] =>
  Object.entries(BUREAU_FOLDER_ERRORS).map(([code, { ref, en }]) => row(`\`${code}\``, ref, en));

/** The whole of docs/errors.md. */
export const errorsDocument = (): string =>
  `# Errors

Written by \`node scripts/write-errors.ts\`; \`test/docs.test.ts\` fails when it is not up to date.

## Codes of desks and bureau

\`contract/errors.ts\` is the one table. The bureau answers a refusal with the HTTP status and \`{"error":{"code","ref","retry"}}\`; a screen
shows what happened and what to do now (\`renderer/i18n\`, every code in zh-TW and English) with the reference, which is short enough for
the telephone. **retry**: the identical call may succeed later. **who**: who can put it right. **CSHIS**: the return code of the NHI control
software with the same meaning, where there is one. Codes that only a desk raises have an HTTP status too, so that the table has no holes.

Letters: C card, P PIN, R request, T time, terminal and operator, K certificate and key, E envelope, V visit, X prescription, G group
signature, N network, D dispute, S the desk's local store, F fingerprint.

${[row('code', 'ref', 'HTTP', 'retry', 'who', 'CSHIS'), row('---', '---', '---', '---', '---', '---'), ...errorRows()].join('\n')}

## Codes of the \`imis\` command

They stay on the machine of whoever administers the bureau (\`main/app/bureau-folder-error.ts\`). The command prints code and reference, a
sentence in Chinese and in English, and a detail, and ends with 1.

${[row('code', 'ref', 'meaning'), row('---', '---', '---'), ...folderErrorRows()].join('\n')}
`;
