/**
 * The outpatient visit clicked through with the mouse, on the demonstration as `npm start` brings it up. Its pictures are the README's.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './axe-violations.ts';
import { type Desks, openDesks } from './desks-harness.ts';
import { paperOf, readQr } from './paper-on-screen.ts';

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

  let code = '';
  it('clinic: the pickup slip is printed, its code read by a decoder of others, the next print a copy', async () => {
    const { page } = desks;
    const paper = await paperOf(desks, () => page.keyboard.press('F8'));
    code = await readQr(page);
    expect(code).toMatch(/^IMIS-RX:[0-9A-F]{32}$/u);
    const text = await page.locator('.slip').innerText();
    expect(text).toContain(code.slice(8));
    expect(text).toContain('示範藥局');
    for (const secret of ['王小明', '王○明', 'Amlodipine', 'C08CA01', 'COPY']) expect(text).not.toContain(secret);
    // 37 modules on 42 mm: the code itself is 32.9 mm wide.
    const box = await page.locator('.slip .qr').boundingBox();
    expect(((box?.width ?? 0) / 96) * 25.4).toBeCloseTo(42, 0);
    await desks.paperPicture('slip', { width: 559, height: 794 }, { padding: '12mm' });
    expect(await violations(desks)).toEqual([]);
    // What Chromium prints: one sheet of A5, and then the paper is gone.
    expect(await paper.sizes()).toEqual(['148 x 210']);
    await paper.out();
    await page.getByRole('button', { name: 'English' }).click();
    const again = await paperOf(desks, () => page.keyboard.press('F8'));
    const english = await page.locator('.slip').innerText();
    expect(english).toMatch(/複本 COPY 1[^]*Pickup slip[^]*Collect until[^]*Take your health card/u);
    await desks.paperPicture('slip-english', { width: 559, height: 794 }, { padding: '12mm' });
    await again.out();
    await page.getByRole('button', { name: '中文' }).click();
  });

  it('pharmacy: before the card is in, the prescription is on the work list, locked by keyboard, found by scanner', async () => {
    const { page } = desks;
    /** A key counts once the answer of the call before is here, which may be later than its picture. */
    const press = async (key: string, then: string): Promise<void> => {
      for (let tries = 0; tries < 4; tries++) {
        await page.keyboard.press(key);
        const seen = page.locator(then).first().waitFor({ timeout: 3_000 });
        if (await seen.then(() => true).catch(() => false)) return;
      }
      throw new Error(`${key} does not lead to ${then}`);
    };
    await desks.desk('藥局');
    await desks.card('藥師 吳先生');
    await desks.pin('147258');
    await page.getByText('請插入病人的健保卡').waitFor();
    await press('F6', '.work-list tbody tr');
    expect(await page.locator('.work-list tbody tr').count()).toBe(1);
    expect(await violations(desks)).toEqual([]);
    await press('Enter', 'text=受理備藥');
    expect(await page.locator('main').innerText()).not.toContain('Amlodipine');
    await press('F4', 'text=Amlodipine');
    await desks.picture('pharmacy-preparing');
    expect(await violations(desks)).toEqual([]);
    await press('F3', 'text=受理備藥');
    expect(await page.locator('main').innerText()).not.toContain('Amlodipine');
    await press('Escape', '.work-list');
    await press('Escape', 'text=請插入病人的健保卡');
    await desks.scan(code.toLowerCase());
    await page.getByRole('button', { name: '受理備藥' }).waitFor();
    await desks.scan('4710123456789012');
    await page.locator('.error[data-code=RX_CODE_INVALID]').waitFor();
  });

  it('pharmacy: the prescription comes up verified and is handed out once', async () => {
    const { page } = desks;
    await page.getByRole('banner').getByText('示範藥局').waitFor();
    await desks.card('王小明');
    await page.getByRole('button', { name: '交付藥品' }).waitFor();
    await desks.picture('pharmacy');
    expect(await violations(desks)).toEqual([]);
    await desks.scan(code);
    await page.locator('.rx--scanned').waitFor();
    expect(await violations(desks)).toEqual([]);
    await page.getByRole('button', { name: '交付藥品' }).click();
    await page.getByRole('heading', { name: '已交付' }).waitFor();
    await desks.picture('pharmacy-done');
    expect(await violations(desks)).toEqual([]);
    const paper = await paperOf(desks, () => page.keyboard.press('F8'));
    expect(await page.locator('.label').first().innerText()).toMatch(/示範藥局[^]*1 \/ 2[^]*Amlodipine[^]*姓名/u);
    expect(await page.locator('.label .copy-mark').count()).toBe(0);
    expect(await paper.sizes()).toEqual(['70 x 50', '70 x 50']);
    await paper.out();
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
    // The first line had its label before it was taken back; what is owed has a slip.
    const paper = await paperOf(desks, () => page.keyboard.press('F8'));
    expect(await page.locator('.copy-mark').allInnerTexts()).toEqual(['複本 COPY 1']);
    expect(await page.locator('.label').first().innerText()).toMatch(/替代：原處方為 Amlodipine/u);
    expect(await page.locator('.label').last().innerText()).toMatch(/欠藥單[^]*Metformin/u);
    const style = { zoom: '2', padding: '3mm', inlineSize: '70mm', display: 'grid', gap: '5mm', background: '#ffffff' };
    await desks.paperPicture('label', { width: 552, height: 760 }, style);
    expect(await violations(desks)).toEqual([]);
    await paper.out();
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
