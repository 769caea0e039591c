/**
 * The outpatient visit clicked through with the mouse, on the demonstration as `npm start` brings it up. Its pictures are the README's.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './axe-violations.ts';
import { type Desks, openDesks } from './desks-harness.ts';

describe('an outpatient visit, with the mouse', () => {
  let desks: Desks;
  beforeAll(async () => {
    desks = await openDesks();
  });
  afterAll(async () => {
    await desks.close();
  });

  it('registration: a wrong PIN says how many tries are left, the right one signs on', async () => {
    const { page } = desks;
    await desks.card('掛號 張小姐');
    await desks.pin('000000');
    await page.locator('.error[data-code=PIN_WRONG]').waitFor();
    expect(await page.locator('.error[data-code=PIN_WRONG]').innerText()).toMatch(/2/u);
    await desks.pin('369258');
    await page.getByText('請插入健保卡').first().waitFor();
    await desks.picture('registration-waiting');
    expect(await violations(desks)).toEqual([]);
  });

  it('registration: the card goes in, masked name and number come up by themselves', async () => {
    const { page } = desks;
    await desks.card('王小明');
    await page.getByTestId('queue-number').waitFor();
    expect(await page.locator('main').innerText()).toContain('王○明');
    expect(await page.locator('main').innerText()).not.toContain('王小明');
    await desks.picture('registration');
    expect(await violations(desks)).toEqual([]);
    await desks.card('王小明');
  });

  it('clinic: both cards and the PIN open the visit', async () => {
    const { page } = desks;
    await desks.desk('診間');
    await desks.card('李醫師');
    await desks.card('王小明');
    await desks.pin('246810');
    await page.locator('.picker__input').first().waitFor();
    expect(await violations(desks)).toEqual([]);
  });

  it('clinic: the draft is reviewed, signed, acknowledged and on the card', async () => {
    const { page } = desks;
    const pick = async (field: number, text: string): Promise<void> => {
      await page.locator('.picker__input').nth(field).click();
      await page.getByRole('option', { name: text }).click();
    };
    await pick(0, 'I10');
    await pick(0, 'E11.9');
    await page.getByRole('textbox').first().fill('血壓 150/95，續服藥物。');
    await pick(1, 'C08CA01');
    await pick(1, 'A10BA02');
    await pick(2, 'penicillins');
    await page.getByLabel('青黴素類的風險').selectOption({ label: '高風險' });
    await page.locator('#pharmacy').selectOption({ label: '示範藥局（5901010012）' });
    await desks.picture('clinic');
    await page.getByRole('button', { name: '檢視並簽署' }).click();
    await desks.picture('clinic-review');
    expect(await violations(desks)).toEqual([]);
    await desks.pin('246810');
    await page.locator('.receipt').waitFor();
    const receipt = await page.locator('.receipt').innerText();
    expect(receipt).toContain('健保署已確認收到');
    expect(await page.locator('.mark--warn').count()).toBe(0);
    await desks.picture('clinic-signed');
    expect(await violations(desks)).toEqual([]);
    await desks.card('王小明');
  });

  it('pharmacy: the prescription comes up verified and is handed out once', async () => {
    const { page } = desks;
    await desks.desk('藥局');
    await page.getByRole('banner').getByText('示範藥局').waitFor();
    await desks.card('藥師 吳先生');
    await desks.pin('147258');
    await page.getByText('請插入病人的健保卡').waitFor();
    await desks.card('王小明');
    await page.getByRole('button', { name: '交付藥品' }).waitFor();
    await desks.picture('pharmacy');
    expect(await violations(desks)).toEqual([]);
    await page.getByRole('button', { name: '交付藥品' }).click();
    await page.getByRole('heading', { name: '已交付' }).waitFor();
    await desks.picture('pharmacy-done');
    expect(await violations(desks)).toEqual([]);
    await desks.card('王小明');
    await desks.card('王小明');
    await page.locator('.rx--collected').waitFor();
    expect(await page.getByRole('button', { name: '交付藥品' }).count()).toBe(0);
  });

  it('pharmacy: a hand-out is taken back, given again line by line, and the rest is owed', async () => {
    const { page } = desks;
    await page.getByRole('button', { name: '取消調劑' }).click();
    await page.getByLabel('事由').fill('藥袋標示錯誤');
    expect(await violations(desks)).toEqual([]);
    await page.getByRole('alertdialog').getByRole('button', { name: '取消調劑' }).click();
    await page.locator('.rx--ready').waitFor();
    await page.getByRole('button', { name: '逐項處理' }).click();
    await page.getByLabel(/Metformin.*處理方式/u).selectOption({ label: '欠藥，之後補領' });
    await page.getByLabel(/Amlodipine.*處理方式/u).selectOption({ label: '替代' });
    await page.getByRole('button', { name: '依此交付' }).click();
    await page.getByRole('alert').getByText('ATC').waitFor();
    await page.getByLabel(/Amlodipine.*ATC/u).fill('C08CA05');
    await page.getByLabel(/Amlodipine.*事由/u).fill('缺藥，經病人同意');
    await desks.picture('pharmacy-lines');
    expect(await violations(desks)).toEqual([]);
    await page.getByRole('button', { name: '依此交付' }).click();
    await page.getByRole('heading', { name: '已交付' }).waitFor();
    await desks.card('王小明');
    await desks.card('王小明');
    await page.locator('.rx--owing').waitFor();
    await desks.picture('pharmacy-owing');
    await page.keyboard.press('F4');
    await page.getByRole('heading', { name: '已交付' }).waitFor();
    await desks.card('王小明');
    await desks.card('王小明');
    await page.locator('.rx--collected').waitFor();
  });

  it('clinic: what the draft meets is shown, and signed only with a reason against each', async () => {
    const { page } = desks;
    await desks.card('王小明');
    await desks.desk('掛號');
    const inviting = page.getByText('請插入健保卡').first();
    // The desk may have cleared itself by now.
    await page.getByTestId('queue-number').or(inviting).first().waitFor();
    await page.keyboard.press('Escape');
    await inviting.waitFor();
    await desks.card('王小明');
    await page.getByTestId('queue-number').waitFor();
    await desks.card('王小明');
    await desks.desk('診間');
    await page.getByRole('button', { name: '下一位病人' }).click();
    await desks.card('王小明');
    await desks.pin('246810');
    const pick = async (field: number, text: string): Promise<void> => {
      await page.locator('.picker__input').nth(field).click();
      await page.getByRole('option', { name: text }).first().click();
    };
    await pick(0, 'I10');
    for (const drug of ['C08CA01', 'J01CA04', 'C10AA01']) await pick(1, drug);
    expect(await page.locator('.allergy').innerText()).toMatch(/青黴素類\s+高風險\s+健保卡與病歷相符/u);
    await page.getByLabel('其他過敏原').fill('花生');
    await page.getByRole('button', { name: '加入', exact: true }).click();
    await page.locator('#pharmacy').selectOption({ label: '示範藥局（5901010012）' });
    await page.keyboard.press('F4');
    const reasons = page.locator('.finding__reason input');
    await reasons.first().waitFor();
    // Penicillin contraindicated, amlodipine still being taken; simvastatin with amlodipine wants no reason.
    expect(await page.locator('.finding').count()).toBe(3);
    expect(await reasons.count()).toBe(2);
    expect(await reasons.first().evaluate((field) => field === field.ownerDocument.activeElement)).toBe(true);
    expect(await page.locator('.pin__key').first().isDisabled()).toBe(true);
    await reasons.first().fill('皮膚試驗陰性，無其他適用藥品');
    await desks.picture('clinic-safety');
    expect(await violations(desks)).toEqual([]);
    await reasons.last().fill('調整劑量，停用前次處方');
    await desks.pin('246810');
    await page.locator('.receipt').waitFor();
    expect(await page.locator('.mark--warn').count()).toBe(0);
    await desks.card('王小明');
    await desks.desk('藥局');
  });

  it('speaks English when asked, on the same page', async () => {
    const { page } = desks;
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('tab', { name: 'Registration' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    expect(await violations(desks)).toEqual([]);
    await desks.picture('pharmacy-english');
  });

  it('asks nothing of any other host and writes no error', () => {
    expect(desks.complaints).toEqual([]);
  });
});
