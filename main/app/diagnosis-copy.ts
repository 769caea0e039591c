/**
 * The findings of `imis card diagnose` in the words of a counter: what is so and what to do next, in both languages. `{name}` stands for
 * a value of the finding. References are those of contract/errors.ts where a desk refuses with a code for the same reason.
 * @module
 */
import { ERRORS, type ErrorCode } from '../../contract/errors.ts';

/** `ok`: as it should be; `hint`: works, and worth knowing; `fault`: has to be mended. */
export type FindingLevel = 'ok' | 'hint' | 'fault';

interface Copy {
  readonly level: FindingLevel;
  readonly zh: string;
  readonly en: string;
  readonly desk?: ErrorCode;
}

const row = (level: FindingLevel, zh: string, en: string, desk?: ErrorCode): Copy =>
  desk === undefined ? { level, zh, en } : { level, zh, en, desk };

/** Code -> level and copy. */
export const DIAGNOSIS = {
  LIBRARY: row('ok', 'PC/SC 函式庫已載入。', 'The PC/SC library is loaded.'),
  LIBRARY_MISSING: row(
    'fault',
    '無法載入 PC/SC 函式庫。請安裝：apt-get install libpcsclite1 pcscd，再重試。（{cause}）',
    'The PC/SC library cannot be loaded. Install it: apt-get install libpcsclite1 pcscd, then try again. ({cause})',
    'READER_SERVICE_DOWN',
  ),
  LIBRARY_CRASHED: row(
    'fault',
    'PC/SC 函式庫或驅動程式當掉，或完全沒有回應。請拔下讀卡機、重新啟動 pcscd；仍如此請更新驅動程式。',
    'The PC/SC library or a driver crashed, or answers nothing at all. Unplug the reader and restart pcscd; if it stays so, update the driver.',
    'READER_FAILED',
  ),
  SERVICE: row(
    'ok',
    '讀卡服務執行中（安裝版本 {version}，協定 {protocol}）。',
    'The reader service runs (installed version {version}, protocol {protocol}).',
  ),
  SERVICE_DOWN: row(
    'fault',
    '讀卡服務沒有執行。請執行 systemctl start pcscd；仍不行請看 journalctl -u pcscd。（{cause}）',
    'The reader service does not run. Run systemctl start pcscd; if that does not help, read journalctl -u pcscd. ({cause})',
    'READER_SERVICE_DOWN',
  ),
  SERVICE_FORBIDDEN: row(
    'fault',
    '讀卡服務不讓這個使用者連線。請資訊人員以 polkit 規則准許 org.debian.pcsc-lite.access_pcsc，或檢查 /run/pcscd 的權限。',
    'The reader service does not let this user in. Have a technician allow org.debian.pcsc-lite.access_pcsc in polkit, or look at the permissions of /run/pcscd.',
    'READER_SERVICE_DOWN',
  ),
  READERS: row(
    'ok',
    '有 {count} 個讀卡槽（一個程式最多自動看到 {limit} 個）：{list}。',
    '{count} reader slots (one program sees at most {limit} by itself): {list}.',
  ),
  READERS_OVER_LIMIT: row(
    'hint',
    '有 {count} 個讀卡槽，一個程式只會自動看到 {limit} 個。請在這個櫃台設定檔的 names 寫明用哪幾個：{list}。',
    'There are {count} reader slots and one program sees only {limit} by itself. Name those of this desk under names in its settings: {list}.',
  ),
  READERS_NONE: row(
    'fault',
    '電腦沒有看到讀卡機。請檢查 USB 線並換一個插孔；lsusb 看得到卻沒有列出時，請安裝驅動程式（apt-get install libccid）再重新啟動 pcscd。',
    'The computer sees no reader. Check the cable and try another socket; if lsusb lists it and this does not, install its driver (apt-get install libccid) and restart pcscd.',
    'READER_FAILED',
  ),
  READER_UNKNOWN: row(
    'fault',
    '沒有名為「{reader}」的讀卡槽。名稱必須完全相同，包括最後的數字；現有：{list}。',
    'No reader slot is called “{reader}”. The name must be exact, with the numbers at its end; there are: {list}.',
    'READER_UNKNOWN',
  ),
  READER_DRIVER: row('ok', '{reader}：{driver}。', '{reader}: {driver}.'),
  READER_ANONYMOUS: row(
    'ok',
    '{reader}：驅動程式沒有提供廠牌與版本。',
    '{reader}: its driver names neither maker nor version.',
  ),
  READER_EXCLUSIVE: row(
    'fault',
    '{reader}：另一個程式獨占這個讀卡槽。請關閉它（例如控制軟體、簽章工具），再試一次。',
    '{reader}: another program holds this slot for itself alone. Close it (control software, a signing tool) and try again.',
    'READER_BUSY',
  ),
  READER_SHARED: row(
    'hint',
    '{reader}：另有程式正在使用這張卡片（{programs} 個），所以沒有測試，以免清除它的 PIN。若是櫃台程式，卡片已被它認得；要測試請先關閉它。',
    '{reader}: another program uses this card (programs: {programs}), so it was not tested: a test would undo its PIN. If it is the desk, the desk has the card; to test, close it first.',
  ),
  READER_FAILED: row(
    'fault',
    '{reader}：讀卡機失靈。請拔下 USB 線，等五秒再插回；仍不行請換讀卡機。（{cause}）',
    '{reader}: the reader failed. Unplug it, wait five seconds, plug it in; if that does not help, use another reader. ({cause})',
    'READER_FAILED',
  ),
  READER_STUCK: row(
    'fault',
    '{reader}：讀卡機八秒沒有回應。請取出卡片、拔下 USB 線再插回，然後重新啟動 pcscd。',
    '{reader}: no answer in eight seconds. Take the card out, unplug the reader and plug it in, then restart pcscd.',
    'READER_FAILED',
  ),
  CARD_NONE: row(
    'hint',
    '{reader}：沒有卡片。要測試請將卡片晶片朝上插到底，再執行一次。',
    '{reader}: no card is in. To test it, insert a card, chip up, all the way in, and run this again.',
    'CARD_ABSENT',
  ),
  CARD_MUTE: row(
    'fault',
    '{reader}：卡片沒有回應。請確認晶片朝上、擦拭晶片後重新插入；別張卡片也這樣就是讀卡機的問題。',
    '{reader}: the card does not answer. Chip up, wipe the chip, insert again; if another card does the same it is the reader.',
    'CARD_MUTE',
  ),
  CARD_LOST: row(
    'fault',
    '{reader}：測試途中失去卡片。請讓卡片留在讀卡機裡，再執行一次；一再發生時請換讀卡機。',
    '{reader}: the card was lost during the test. Leave it in and run this again; if it keeps happening, use another reader.',
    'CARD_LOST',
  ),
  CARD_ANSWER_INVALID: row(
    'fault',
    '{reader}：卡片的回答不合規格。請換一張卡片；只有這張如此就請換發。（{cause}）',
    '{reader}: the card answered what no card may. Try another card; if it is only this one, have it replaced. ({cause})',
    'CARD_ANSWER_INVALID',
  ),
  ATR_EXTENDED: row(
    'ok',
    '{reader}：卡片提供 {offered}，使用 {protocol}，支援長指令；歷史位元組 {historical}。',
    '{reader}: the card offers {offered}, {protocol} is in use, long commands are supported; historical bytes {historical}.',
  ),
  ATR_SHORT: row(
    'ok',
    '{reader}：卡片提供 {offered}，使用 {protocol}，未宣告支援長指令；歷史位元組 {historical}。',
    '{reader}: the card offers {offered}, {protocol} is in use, long commands are not announced; historical bytes {historical}.',
  ),
  ATR_BROKEN: row(
    'hint',
    '{reader}：卡片的重置回應不完整或檢查碼不符，接觸可能不良。請擦拭晶片再試。',
    '{reader}: the answer to reset is cut short or its check byte is wrong; the contacts may be bad. Wipe the chip and try again.',
  ),
  CARD_ACTIVE: row('ok', '{reader}：本系統的{kind}，已啟用。', '{reader}: our {kind} card, issued and active.'),
  CARD_BLANK: row(
    'hint',
    '{reader}：本系統的空白{kind}，尚未製發；在櫃台還不能使用。',
    '{reader}: our {kind} card, blank: it has not been issued and no desk can use it yet.',
  ),
  CARD_BLOCKED: row(
    'hint',
    '{reader}：本系統的{kind}，已被健保署鎖定；只有健保署能解除。',
    '{reader}: our {kind} card, blocked by the bureau; only the bureau can lift it.',
    'CARD_BLOCKED',
  ),
  CARD_LIFE_OTHER: row(
    'hint',
    '{reader}：本系統的{kind}，但這個版本不認得它的狀態。請更新程式，或洽健保署。',
    '{reader}: our {kind} card, in a state that this version does not know. Update the program, or ask the bureau.',
  ),
  CARD_NHI: row(
    'ok',
    '{reader}：健保卡，有回應。（只確認有回應，沒有讀取內容。）',
    '{reader}: an NHI card, and it answers. (Nothing on it was read.)',
  ),
  CARD_CIVIL: row(
    'ok',
    '{reader}：自然人憑證卡（本系統的替代軟體卡），有回應。（沒有讀取內容。）',
    '{reader}: a citizen certificate card (our software stand-in), and it answers. (Nothing on it was read.)',
  ),
  CARD_UNKNOWN: row(
    'fault',
    '{reader}：卡片有回應，但不是本系統認得的卡片。請換一張卡片。',
    '{reader}: the card answers and is none that we know. Use another card.',
    'CARD_UNKNOWN',
  ),
  ROUND_TRIP: row(
    'ok',
    '{reader}：一個指令最快 {least} 毫秒，中位數 {median} 毫秒（{count} 次）。',
    '{reader}: a command takes {least} ms at best, {median} ms in the median of {count}.',
  ),
  ROUND_TRIP_SLOW: row(
    'hint',
    '{reader}：偏慢，一個指令最快 {least} 毫秒，中位數 {median} 毫秒（{count} 次）。請直接插在電腦上，不要經過集線器；仍慢請換讀卡機或驅動程式。',
    '{reader}: slow, {least} ms at best and {median} ms in the median of {count}. Plug it straight into the computer, not into a hub; else try another reader or driver.',
  ),
  NOTHING_ANSWERED: row(
    'fault',
    '沒有任何一張認得的卡片回應，所以無法證明讀卡機可用。請插入一張卡片（已在使用中的請先關閉該程式），再執行一次。',
    'No card that we know has answered, so nothing shows that a reader works. Insert a card (close the program that uses it, if one does) and run this again.',
  ),
  USABLE: row('ok', '結論：可以使用。', 'Verdict: usable.'),
  NOT_USABLE: row(
    'fault',
    '結論：還不能使用。請由上而下處理標示 ✗ 的項目。',
    'Verdict: not usable yet. Mend what is marked ✗, from the top.',
  ),
} as const satisfies Record<string, Copy>;

/** One of the codes of {@link DIAGNOSIS}. */
export type FindingCode = keyof typeof DIAGNOSIS;

/** One finding as data. */
export interface Finding {
  readonly code: FindingCode;
  readonly level: FindingLevel;
  readonly values: Readonly<Record<string, string>>;
}

const MARK: Readonly<Record<FindingLevel, string>> = { ok: '✓', hint: '!', fault: '✗' };
/** Words for a kind of card inside a Chinese sentence. */
const KIND_ZH: Readonly<Record<string, string>> = { patient: '病人卡', doctor: '醫師卡', staff: '人員卡' };

const filled = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\{([a-z]+)\}/gu, (_, name: string) => values[name] ?? '').replaceAll(/ ?(?:（）|\(\))/gu, '');

/** A finding as lines for a terminal: mark and sentence in Chinese, the same in English, with the desk's reference. */
export function findingText({ code, level, values }: Finding): string {
  const copy: Copy = DIAGNOSIS[code];
  const reference = copy.desk === undefined ? '' : ` (${ERRORS[copy.desk].ref})`;
  const zh = filled(copy.zh, { ...values, kind: KIND_ZH[values['kind'] ?? ''] ?? '' });
  return `${MARK[level]} ${zh}${reference}\n  ${filled(copy.en, values)}\n`;
}
