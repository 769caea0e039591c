/**
 * Comfort signing clicked through: opened by the doctor's choice, two visits without a further PIN, ended by the button and by taking the
 * card out. On the demonstration as `npm start` brings it up.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './axe-violations.ts';
import { type Desks, openDesks } from './desks-harness.ts';

describe('comfort signing, with mouse and keyboard', () => {
  let desks: Desks;
  beforeAll(async () => {
    desks = await openDesks();
    await desks.card('掛號 張小姐');
    await desks.pin('369258');
    await checkIn('王小明');
    await desks.desk('診間');
    await desks.card('李醫師');
  });
  afterAll(async () => {
    await desks.close();
  });

  async function checkIn(patient: string): Promise<void> {
    await desks.page.getByText('請插入健保卡').first().waitFor();
    await desks.card(patient);
    await desks.page.getByTestId('queue-number').waitFor();
    await desks.card(patient);
    await desks.page.keyboard.press('Escape');
  }
  const bar = () => desks.page.locator('.signing-open');
  const write = async (): Promise<void> => {
    const { page } = desks;
    await page.locator('.picker__input').first().click();
    await page.getByRole('option', { name: 'I10' }).click();
    await page.getByRole('button', { name: '檢視並簽署' }).click();
  };

  it('is closed unless the doctor opens it, and then says how much is left and until when', async () => {
    const { page } = desks;
    expect(await bar().count()).toBe(0);
    await page.getByText('連續簽署').first().click();
    await desks.picture('clinic-comfort-ask');
    expect(await violations(desks)).toEqual([]);
    await desks.pin('246810');
    await bar().waitFor();
    expect(await bar().innerText()).toContain('還可簽 250 次');
    expect(await bar().innerText()).toMatch(/至 \d+\/\d+ \d\d:\d\d 為止/u);
    expect(await page.locator('.pin').count()).toBe(0);
    expect(await violations(desks)).toEqual([]);
  });

  it('opens and signs a visit without the PIN, but never by itself', async () => {
    const { page } = desks;
    await desks.card('王小明');
    await page.getByRole('button', { name: '開始看診' }).click();
    await write();
    await page.locator('.review__comfort').waitFor();
    expect(await page.locator('.pin').count()).toBe(0);
    expect(await bar().innerText()).toContain('還可簽 249 次');
    await desks.picture('clinic-comfort-review');
    expect(await violations(desks)).toEqual([]);
    await page.keyboard.press('F9');
    await page.locator('.receipt').waitFor();
    expect(await page.locator('.mark--warn').count()).toBe(0);
    expect(await bar().innerText()).toContain('還可簽 248 次');
    await page.keyboard.press('Escape');
    await desks.card('王小明');
  });

  it('ends with the button: the PIN is asked for again', async () => {
    const { page } = desks;
    await page.getByRole('button', { name: '結束連續簽署' }).click();
    await bar().waitFor({ state: 'detached' });
    await page.locator('.pin').waitFor();
  });

  it('ends when the doctor’s card is taken out, in the middle of a visit too', async () => {
    const { page } = desks;
    await desks.desk('掛號');
    await checkIn('王小明');
    await desks.desk('診間');
    await page.getByText('連續簽署').first().click();
    await desks.pin('246810');
    await bar().waitFor();
    await desks.card('王小明');
    await page.getByText('健保卡已就緒').first().waitFor();
    await page.keyboard.press('F2');
    await page.locator('.picker__input').first().waitFor();
    await desks.card('李醫師');
    await bar().waitFor({ state: 'detached' });
    await desks.card('李醫師');
    await page.getByText('醫師卡已就緒').first().waitFor();
    await write();
    await desks.pin('246810');
    await page.locator('.receipt').waitFor();
  });

  it('asks nothing of any other host and writes no error', () => {
    expect(desks.complaints).toEqual([]);
  });
});
