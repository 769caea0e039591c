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
  DOCTOR_UNKNOWN: row(
    'B-111',
    '查無此醫師，或未被撤銷。',
    'No doctor with this identifier has joined the group, or was revoked.',
  ),
  VALUE_INVALID: row('B-112', '輸入的值格式不符。', 'A value has not the form it should have.'),
  PASSPHRASE_WRONG: row(
    'B-121',
    '通行詞不符，或檔案已被更動。',
    'The passphrase does not open the file, or the file was altered.',
  ),
  PASSPHRASE_SHORT: row('B-122', '通行詞至少須 12 個位元組。', 'A passphrase has at least 12 bytes.'),
  CEREMONY_WAITING: row('B-123', '尚須等待其他人員完成步驟。', 'Others have to take their step first.'),
  CEREMONY_STRANGER: row('B-124', '此人員不在金鑰儀式名單中。', 'This officer has no part in the ceremony.'),
  CEREMONY_FILE_INVALID: row(
    'B-125',
    '儀式檔案的簽章或內容不符。',
    'A file of the ceremony is not what its author signed, or belongs to another ceremony.',
  ),
  CEREMONY_OVER: row(
    'B-126',
    '金鑰儀式已中止；請查明原因後以新儀式重來。',
    'The ceremony has ended without result; find out why, and start a new one.',
  ),
  OPENER_SHARE_OTHER: row(
    'B-127',
    '此人員的開啟密鑰分持不屬於這個開啟者組。',
    'The officer’s share is missing or does not belong to the opener set of this ceremony.',
  ),
  OPENER_SHARE_PRESENT: row(
    'B-128',
    '此人員已持有另一份開啟密鑰分持。',
    'The officer holds another share; it would be lost.',
  ),
  OPENER_SET_REFUSED: row(
    'B-129',
    '開啟者組不能接替現行的開啟者組。',
    'The opener set does not follow the one in force, or not everybody signed it.',
  ),
  GALLERY_PARTITIONS_OTHER: row(
    'B-130',
    '指紋庫原在其他分割區；請先清空各副本的資料夾，再刪除名單檔案。',
    'The gallery of fingers is in other partitions; empty the folder of every replica, then delete the file that lists them.',
  ),
  NATS_UNREACHABLE: row(
    'B-131',
    '無法連上 NATS 伺服器，或雙方憑證不符。',
    'The NATS server cannot be reached, or one of the two does not trust the other.',
  ),
  NATS_UNPROTECTED: row(
    'B-132',
    '連到其他機器的 NATS 必須使用 TLS。',
    'NATS on another machine is used with TLS only.',
  ),
  FOLDER_IN_USE: row(
    'B-133',
    '另一個程式正在使用這個資料夾；每個副本須有自己的資料夾。',
    'Another process is using this folder; every replica has one of its own.',
  ),
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
