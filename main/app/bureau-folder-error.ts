/**
 * Errors of the bureau's folder and of desk folders. They stay on the machine of whoever administers the bureau: the references begin
 * with B and are not part of the table in contract/errors.ts.
 * @module
 */

const row = (ref: string, zh: string, en: string) => ({ ref, zh, en }) as const;

/** Code -> reference and a sentence for the administrator. */
export const BUREAU_FOLDER_ERRORS = {
  FOLDER_EXISTS: row('B-101', '資料夾已存在，不會覆寫。', 'The folder exists; nothing was overwritten.'),
  FOLDER_NOT_FOUND: row('B-102', '找不到資料夾或其中的檔案。', 'The folder, or a file in it, is missing.'),
  FOLDER_DAMAGED: row('B-103', '資料夾中的檔案無法讀取。', 'A file in the folder is not what it should be.'),
  INSTITUTION_EXISTS: row('B-104', '此機構代碼已登錄。', 'An institution with this code is registered.'),
  INSTITUTION_UNKNOWN: row('B-105', '此機構代碼未登錄。', 'No institution with this code is registered.'),
  INSTITUTION_KIND: row('B-106', '此角色不屬於這類機構。', 'This role does not belong to an institution of this kind.'),
  DECRYPTION_KEY_EXISTS: row(
    'B-107',
    '此機構已有解密金鑰；請指定持有該金鑰的桌面資料夾。',
    'The institution has a decryption key; name the desk folder that holds it.',
  ),
  DECRYPTION_KEY_OTHER: row(
    'B-108',
    '該桌面資料夾的解密金鑰不是此機構的。',
    'The decryption key of that desk folder is not the one registered for the institution.',
  ),
  CERTIFICATE_UNKNOWN: row('B-109', '查無此憑證序號。', 'No certificate with this serial number is registered.'),
  PERSON_UNKNOWN: row('B-110', '查無此假名。', 'Nobody has this pseudonym.'),
  EPOCH_OVER: row('B-111', '群簽章期別已結束。', 'The epoch of the group signature has ended.'),
  VALUE_INVALID: row('B-112', '輸入的值格式不符。', 'A value has not the form it should have.'),
} as const;

export type BureauFolderErrorCode = keyof typeof BUREAU_FOLDER_ERRORS;

/** Thrown by what works on the bureau's folder; the message is for logs. */
export class BureauFolderError extends Error {
  override readonly name = 'BureauFolderError';
  readonly code: BureauFolderErrorCode;
  constructor(code: BureauFolderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
