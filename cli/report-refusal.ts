/**
 * A refusal as the administrator reads it on standard error: code, reference, one sentence in each language.
 * @module
 */
import { ERRORS, type ErrorCode, isErrorCode, refusalOf } from '../contract/errors.ts';
import { BUREAU_FOLDER_ERRORS, BureauFolderError } from '../main/app/bureau-folder-error.ts';
import en from '../renderer/i18n/en.json' with { type: 'json' };
import zh from '../renderer/i18n/zh-TW.json' with { type: 'json' };

interface Sentences {
  readonly zh: string;
  readonly en: string;
}
/** What happened and what to do now, as the screens say it. */
type Copy = Readonly<Record<ErrorCode, { readonly what: string; readonly now: string }>>;
const ZH: Copy = zh.error.code;
const EN: Copy = en.error.code;

/** For what carries no code: the screens' copy for it speaks of a desk. */
const GENERAL: Sentences = { zh: '作業未完成。', en: 'The operation was refused.' };

/** What a system error's code means to an administrator; `errno` names as Node gives them. */
const SYSTEM: Readonly<Record<string, Sentences>> = {
  EACCES: { zh: '沒有權限。', en: 'Permission was denied.' },
  EADDRINUSE: { zh: '連接埠已被使用。', en: 'The port is in use.' },
  EEXIST: { zh: '檔案已存在，不會覆寫。', en: 'The file exists; nothing was overwritten.' },
  EISDIR: { zh: '這是資料夾，不是檔案。', en: 'This is a folder, not a file.' },
  ENOENT: { zh: '找不到檔案。', en: 'A file is missing.' },
  ENOTDIR: { zh: '這不是資料夾。', en: 'This is not a folder.' },
  ENOSPC: { zh: '磁碟已滿。', en: 'The disk is full.' },
};

const sentencesFor = (code: ErrorCode): Sentences =>
  code === 'INTERNAL' ? GENERAL : { zh: `${ZH[code].what}${ZH[code].now}`, en: `${EN[code].what} ${EN[code].now}` };

/** The lines for a refusal: `CODE (REF)`, the two sentences, and the detail that helps to find the cause. */
export function refusalText(thrown: unknown): string {
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof BureauFolderError) {
    const { ref, zh, en } = BUREAU_FOLDER_ERRORS[thrown.code];
    return `${thrown.code} (${ref})\n${zh}\n${en}\n${detail}\n`;
  }
  const own = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const { code } = refusalOf(thrown);
  const system = isErrorCode(own) ? undefined : SYSTEM[own];
  const { zh, en } = system ?? sentencesFor(code);
  return `${system === undefined ? code : own} (${ERRORS[code].ref})\n${zh}\n${en}\n${detail}\n`;
}
