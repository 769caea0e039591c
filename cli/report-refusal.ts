/**
 * A refusal as the administrator reads it on standard error: code, reference, one sentence in each language.
 * @module
 */
import { ERRORS, isErrorCode, refusalOf } from '../contract/errors.ts';
import { BUREAU_FOLDER_ERRORS, BureauFolderError } from '../main/app/bureau-folder-error.ts';

const GENERAL = { zh: '作業未完成。', en: 'The operation was refused.' };

/** What a system error's code means to an administrator; `errno` names as Node gives them. */
const SYSTEM: Readonly<Record<string, { zh: string; en: string }>> = {
  EACCES: { zh: '沒有權限。', en: 'Permission was denied.' },
  EADDRINUSE: { zh: '連接埠已被使用。', en: 'The port is in use.' },
  ENOENT: { zh: '找不到檔案。', en: 'A file is missing.' },
  ENOSPC: { zh: '磁碟已滿。', en: 'The disk is full.' },
};

/** The lines for a refusal: `CODE (REF)`, the two sentences, and the detail that helps to find the cause. */
export function refusalText(thrown: unknown): string {
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof BureauFolderError) {
    const { ref, zh, en } = BUREAU_FOLDER_ERRORS[thrown.code];
    return `${thrown.code} (${ref})\n${zh}\n${en}\n${detail}\n`;
  }
  const own = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const { zh, en } = SYSTEM[own] ?? GENERAL;
  const { code } = refusalOf(thrown);
  const name = isErrorCode(own) || SYSTEM[own] === undefined ? code : own;
  return `${name} (${ERRORS[code].ref})\n${zh}\n${en}\n${detail}\n`;
}
