/**
 * The card office with the keyboard alone, on the demonstration as `npm start` brings it up: a card is suspended and resumed, another replaced.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLERK } from '../../main/app/demonstration.ts';
import { violations } from './axe-violations.ts';
import { type Desks, openDesks } from './desks-harness.ts';

describe('the card office', () => {
  let desks: Desks;
  beforeAll(async () => {
    desks = await openDesks();
    await desks.desk('卡務');
  });
  afterAll(async () => {
    await desks.close();
  });

  const press = (...keys: readonly string[]) =>
    keys.reduce((all, key) => all.then(() => desks.page.keyboard.press(key)), Promise.resolve());
  const type = (text: string) => desks.page.keyboard.type(text);
  const heading = (name: string | RegExp) => desks.page.getByRole('heading', { name });
  const refusal = (code: string) => desks.page.locator(`.error[data-code=${code}]`);
  const focused = (): Promise<string> => desks.page.evaluate('document.activeElement.tagName');
  /** Answers the question of a step, keyboard only: the reason, Enter to the answer, Enter. */
  const answer = async (reason: string): Promise<void> => {
    await desks.page.getByRole('alertdialog').waitFor();
    await type(reason);
    await press('Enter', 'Enter');
    await desks.page.getByRole('alertdialog').waitFor({ state: 'detached' });
  };
  /** Presses the key of a step once the step is offered: while the desk is at work it is not. */
  const take = async (step: string, key: string): Promise<void> => {
    await desks.page.locator('.office-steps button:enabled', { hasText: step }).waitFor();
    await press(key);
  };
  /** No sideways scrolling of the page at this width, which stands for a screen enlarged to 200 %. */
  const fits = async (width: number): Promise<boolean> => {
    const before = desks.page.viewportSize() ?? { width: 1280, height: 860 };
    await desks.page.setViewportSize({ width, height: 430 });
    const isFitting = await desks.page.evaluate('document.documentElement.scrollWidth <= innerWidth');
    await desks.page.setViewportSize(before);
    return isFitting === true;
  };

  it('wants a clerk before it finds anything', async () => {
    const { page } = desks;
    await desks.card('掛號 張小姐');
    await page.getByText('卡片已就緒').first().waitFor();
    await type('369258');
    await press('Enter');
    await refusal('OPERATOR_NOT_ALLOWED').waitFor();
    await desks.card('掛號 張小姐');
    await desks.card('承辦 周小姐');
    await page.getByText('卡片已就緒').first().waitFor();
    await type(CLERK.pin);
    await press('Enter');
    await heading('查詢卡片').waitFor();
    expect(await focused()).toBe('INPUT');
    expect(await violations(desks)).toEqual([]);
    await press('F2');
    await refusal('CARD_ABSENT').waitFor();
    await press('Escape');
    await refusal('CARD_ABSENT').waitFor({ state: 'detached' });
    // Whoever types now types there.
    await expect.poll(focused).toBe('INPUT');
  });

  it('finds by national number, and says when there is nothing', async () => {
    const { page } = desks;
    await type('a123');
    await press('Enter');
    await page.locator('.field-error').waitFor();
    await press('Control+A');
    await type('Z299999999');
    await press('Enter');
    await page.getByText('沒有找到卡片。').waitFor();
    await press('Escape');
    await heading('查詢卡片').waitFor();
    await type('a123456789');
    await press('Enter');
    await page.locator('.office-cards tbody tr').nth(1).waitFor();
    expect(await violations(desks)).toEqual([]);
    expect(await fits(640)).toBe(true);
    await press('ArrowDown', 'Enter');
    await heading(/健保卡/u).waitFor();
    await press('Escape');
  });

  it('suspends the card in the reader with a reason, and resumes it', async () => {
    const { page } = desks;
    await heading('查詢卡片').waitFor();
    await desks.card('陳美玲');
    await page.getByText('讀卡機裡：健保卡').waitFor();
    await press('F2');
    await heading(/健保卡/u).waitFor();
    expect(await page.locator('.office-steps button').allInnerTexts()).toEqual(
      ['掛失', '報失竊', '暫停使用', '收回', '換卡'].map((word) => expect.stringContaining(word)),
    );
    await take('暫停使用', 'F6');
    await page.getByRole('alertdialog').waitFor();
    await press('Enter');
    await page.getByText('請輸入理由。').waitFor();
    await answer('住院中，家屬代為保管');
    await page.locator('.pin-done').waitFor();
    expect(await page.locator('.office-log__line').last().innerText()).toContain('住院中，家屬代為保管');
    expect(await focused()).toBe('H1');
    expect(await violations(desks)).toEqual([]);
    await desks.picture('card-office');
    expect(await fits(640)).toBe(true);
    await take('恢復使用', 'F6');
    await answer('已取回');
    await page.locator('.office-log__line').nth(2).waitFor();
    expect(await page.locator('.badge--ok').innerText()).toBe('使用中');
  });

  it('puts the new card in the reader in the place of the lost one', async () => {
    const { page } = desks;
    await desks.card('陳美玲');
    await press('Escape');
    await heading('查詢卡片').waitFor();
    await type('A123456789');
    await press('Enter');
    // The spare was issued after the first.
    await page.locator('.office-cards tbody tr').nth(1).waitFor();
    await press('ArrowDown', 'Enter');
    await heading(/健保卡/u).waitFor();
    await take('掛失', 'F3');
    await answer('遺失');
    await page.locator('.office-log__line').nth(1).waitFor();
    await desks.card('新卡 王小明');
    await page.getByText('取代它的卡片').waitFor();
    await take('換卡', 'F8');
    await page.getByRole('alertdialog').waitFor();
    await type('補發新卡');
    expect(await violations(desks)).toEqual([]);
    await desks.picture('card-office-replace');
    await press('Escape');
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    await take('換卡', 'F8');
    await answer('補發新卡');
    await page.getByRole('button', { name: '開啟新卡' }).waitFor();
    expect(await page.locator('.office-steps').count()).toBe(0);
  });

  it('asks nothing of any other host and writes no error', () => {
    expect(desks.complaints).toEqual([]);
  });
});
