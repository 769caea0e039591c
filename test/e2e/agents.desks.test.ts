/**
 * An agent is named at registration and seen at the pharmacy, with mouse and keyboard, on the demonstration as `npm start` brings it up.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLERK } from '../../main/app/demonstration.ts';
import { violations } from './axe-violations.ts';
import { type Desks, openDesks } from './desks-harness.ts';

const AGENTS_PIN = '580213';

describe('agents at the desks', () => {
  let desks: Desks;
  beforeAll(async () => {
    desks = await openDesks();
  });
  afterAll(async () => {
    await desks.close();
  });
  const heading = (name: string) => desks.page.getByRole('heading', { name }).first();
  const open = () => desks.page.getByRole('button', { name: '代領人', exact: true }).click();

  it('registration: two people, one reader, every step says whose card and PIN it wants', async () => {
    const { page } = desks;
    await desks.card('掛號 張小姐');
    await page.locator('.pin').waitFor();
    await desks.pin('369258');
    await page.getByText('請插入健保卡').first().waitFor();
    await open();
    await heading('代領人').waitFor();
    expect(await violations(desks)).toEqual([]);
    await desks.card('王小明');
    await page.getByText('這張卡片上沒有代領人').waitFor();
    expect(await violations(desks)).toEqual([]);
    await desks.pin('112233');
    await page.getByText('沒有勾選').waitFor();
    expect(await violations(desks)).toEqual([]);
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByText('持卡人取出自己的健保卡').waitFor();
    await desks.card('王小明');
    await desks.card('陳美玲');
    await page.locator('.pin:not([data-disabled])').waitFor();
    expect(await violations(desks)).toEqual([]);
    await desks.pin('445566');
    await page.getByText('選一個自己的 PIN 碼').waitFor();
    await desks.card('陳美玲');
    await desks.card('王小明');
    await page.locator('.pin:not([data-disabled])').waitFor();
    for (const pin of ['112233', AGENTS_PIN, AGENTS_PIN]) await desks.pin(pin);
    const slip = page.getByTestId('agent-slip');
    await slip.waitFor();
    expect(await slip.innerText()).toContain('陳○玲已成為代領人');
    expect(await violations(desks)).toEqual([]);
    await page.keyboard.press('Escape');
    await slip.waitFor({ state: 'detached' });
    await desks.card('王小明');
  });

  it('pharmacy: the agent is listed, with the own PIN to collect and the holder’s to take back', async () => {
    const { page } = desks;
    await desks.desk('藥局');
    await desks.card('藥師 吳先生');
    await page.locator('.pin').waitFor();
    await desks.pin('147258');
    await page.locator('.calm').waitFor();
    await open();
    await desks.card('王小明');
    await page.getByRole('radio', { name: '陳○玲代領藥品' }).waitFor();
    expect(await violations(desks)).toEqual([]);
    await desks.pin(AGENTS_PIN);
    await page.getByText('由陳○玲代領').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.calm').waitFor();
    await desks.card('王小明');
    expect(desks.complaints).toEqual([]);
  });

  it('controlled drugs: both cards in at registration, both cards and both PINs at the pharmacy', async () => {
    const { page } = desks;
    const pad = () => page.locator('.pin:not([data-disabled])').waitFor();
    await desks.desk('掛號');
    await open();
    await desks.card('王小明');
    await page.getByText('陳○玲').first().waitFor();
    await page.getByRole('radio', { name: '新增代領人', checked: true }).waitFor();
    await desks.pin('112233');
    await page.getByRole('checkbox', { name: '包含管制藥品' }).check();
    await page.getByText('包含管制藥品，以次數為限').waitFor();
    expect(await violations(desks)).toEqual([]);
    await desks.picture('agents-controlled-scope');
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByText('插入另一個讀卡機').waitFor();
    expect(await page.locator('.pin[data-disabled]').count()).toBe(1);
    await desks.card('林𠮷祥');
    await pad();
    expect(await violations(desks)).toEqual([]);
    await desks.picture('agents-controlled-consent');
    await desks.pin('778899');
    await page.getByText('兩張卡片都留在讀卡機內').waitFor();
    for (const pin of ['112233', AGENTS_PIN, AGENTS_PIN]) await desks.pin(pin);
    const slip = page.getByTestId('agent-slip');
    await slip.waitFor();
    expect(await slip.innerText()).toContain('領藥時帶兩張健保卡');
    await page.keyboard.press('Escape');
    await slip.waitFor({ state: 'detached' });
    await desks.card('林𠮷祥');
    await desks.card('王小明');

    await desks.desk('藥局');
    await open();
    await desks.card('王小明');
    await page.locator('.choice__one', { hasText: '林○祥代領藥品' }).click();
    expect(await page.locator('.pin[data-disabled]').count()).toBe(1);
    await desks.card('林𠮷祥');
    await pad();
    expect(await violations(desks)).toEqual([]);
    await desks.picture('agents-controlled-collect');
    await desks.pin(AGENTS_PIN);
    await desks.pin('778890');
    await page.getByText('代領人自己健保卡的 PIN 碼不正確').waitFor();
    await desks.picture('agents-controlled-refused');
    await desks.pin(AGENTS_PIN);
    await desks.pin('778899');
    await page.getByText('由林○祥代領').waitFor();
    expect(await violations(desks)).toEqual([]);
    await desks.picture('agents-controlled-listed');
    expect(desks.complaints).toEqual([]);
  });

  it('a citizen certificate card: the same steps, its own PIN, and no controlled drugs beside it', async () => {
    const { page } = desks;
    await page.keyboard.press('Escape');
    await desks.card('林𠮷祥');
    await desks.card('王小明');
    await desks.desk('掛號');
    await open();
    await desks.card('王小明');
    await page.locator('.choice__one', { hasText: '新增代領人' }).click();
    await desks.pin('112233');
    await page.getByRole('checkbox', { name: '包含管制藥品' }).waitFor();
    await desks.card('趙淑芬');
    await page.getByText('用自然人憑證卡不能包含管制藥品').waitFor();
    expect(await page.getByRole('checkbox', { name: '包含管制藥品' }).count()).toBe(0);
    expect(await violations(desks)).toEqual([]);
    await page.getByRole('button', { name: '下一步' }).click();
    await desks.card('王小明');
    await page.getByText('代領人自然人憑證卡的 PIN 碼').waitFor();
    expect(await violations(desks)).toEqual([]);
    await desks.picture('agents-civil-consent');
    await desks.pin('314150');
    await page.locator('.error[data-code=PIN_WRONG]').waitFor();
    await desks.pin('314159');
    await page.getByText('選一個自己的 PIN 碼').waitFor();
    await desks.card('趙淑芬');
    await desks.card('王小明');
    await page.locator('.pin:not([data-disabled])').waitFor();
    for (const pin of ['112233', AGENTS_PIN, AGENTS_PIN]) await desks.pin(pin);
    const slip = page.getByTestId('agent-slip');
    await slip.waitFor();
    expect(await slip.innerText()).toContain('趙○芬已成為代領人');
    await page.keyboard.press('Escape');
    await slip.waitFor({ state: 'detached' });
    await desks.card('王小明');
  });

  it('card office: a clerk takes a warrant back with the keyboard alone, with a reason', async () => {
    const { page } = desks;
    const press = async (...keys: readonly string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await desks.desk('卡務');
    await desks.card('承辦 周小姐');
    await page.getByText('卡片已就緒').first().waitFor();
    await page.keyboard.type(CLERK.pin);
    await press('Enter');
    await heading('查詢卡片').waitFor();
    await page.keyboard.type('A123456789');
    await press('Enter');
    // The spare was issued after the first; both are the same person's.
    await page.locator('.office-cards tbody tr').nth(1).waitFor();
    await press('Enter');
    await page.locator('.office-steps button:enabled').first().waitFor();
    await press('F10');
    await heading('代領授權').waitFor();
    const rows = page.locator('.office-cards tbody tr');
    expect(await rows.count()).toBe(3);
    const first = rows.first();
    expect(await first.innerText()).toContain('趙○芬');
    expect(await violations(desks)).toEqual([]);
    await desks.picture('card-office-warrants');
    await press('ArrowDown', 'ArrowUp', 'Enter');
    await page.getByRole('alertdialog', { name: '撤銷趙○芬的代領授權？' }).waitFor();
    await press('Enter');
    await page.getByText('請輸入理由。').waitFor();
    await page.keyboard.type('代領人失聯');
    expect(await violations(desks)).toEqual([]);
    await press('Enter', 'Enter');
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    await page.locator('.pin-done').waitFor();
    expect(await first.innerText()).toContain('已撤銷');
    expect(await rows.locator('button').count()).toBe(2);
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    expect(await violations(desks)).toEqual([]);
    await press('Escape');
    await page.locator('.office-steps').waitFor();
    // By its own number: the clerk was told it on the telephone.
    await press('F10');
    const serial = (await rows.nth(1).locator('th').getAttribute('title')) ?? '';
    await press('Escape');
    await page.locator('.office-steps').waitFor();
    await press('Escape');
    await heading('查詢卡片').waitFor();
    await page.keyboard.type(serial);
    await press('Enter');
    await heading('代領授權').waitFor();
    expect(await rows.count()).toBe(1);
    expect(desks.complaints).toEqual([]);
  });
});
