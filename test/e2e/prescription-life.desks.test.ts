/**
 * What a doctor and a pharmacist do with a prescription besides the usual, by keyboard: parts and a controlled drug, cancelling, and a
 * patient who stands at another pharmacy. On the demonstration as `npm start` brings it up, a day after its cards were issued.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginEpoch } from '../../main/app/administer-bureau.ts';
import { worldFolders } from '../../main/app/demonstration.ts';
import { systemClock } from '../../main/app/system-clock.ts';
import { violations } from './axe-violations.ts';
import { type Desks, openDesks } from './desks-harness.ts';
import { paperOf } from './paper-on-screen.ts';

const DOCTOR_PIN = '246810';
const PATIENT_PIN = '112233';

describe('the life of a prescription, by keyboard', () => {
  let desks: Desks;
  beforeAll(async () => {
    // The doctor's second class comes with the next epoch.
    desks = await openDesks('zh-TW', [], (home) => beginEpoch(worldFolders(home).bureau, systemClock));
    await desks.card('掛號 張小姐');
    await desks.pin('369258');
  });
  afterAll(async () => {
    await desks.close();
  });

  /** A PIN on the keyboard, and Enter. */
  const type = async (digits: string): Promise<void> => {
    await desks.page.keyboard.type(digits);
    await desks.page.keyboard.press('Enter');
  };
  async function checkIn(): Promise<void> {
    await desks.desk('掛號');
    await desks.page.getByText('請插入健保卡').first().waitFor();
    await desks.card('王小明');
    await desks.page.getByTestId('queue-number').waitFor();
    await desks.card('王小明');
    await desks.page.keyboard.press('Escape');
  }
  /** A visit with one drug, up to the review. */
  async function write(
    drug: string,
    pharmacy: string,
    more: () => Promise<void> = async () => undefined,
  ): Promise<void> {
    const { page } = desks;
    await desks.desk('診間');
    await desks.card('王小明');
    await page.getByText('健保卡已就緒').first().waitFor();
    await type(DOCTOR_PIN);
    const pick = async (field: number, text: string): Promise<void> => {
      await page.locator('.picker__input').nth(field).click();
      await page.getByRole('option', { name: text }).click();
    };
    await page.locator('.picker__input').first().waitFor();
    await pick(0, 'I10');
    await pick(1, drug);
    await page.locator('#pharmacy').selectOption({ label: pharmacy });
    await more();
    await page.keyboard.press('F4');
    await page.locator('.review').waitFor();
  }

  it('clinic: what was signed is cancelled at once: a reason, Enter, the PIN, Enter', async () => {
    const { page } = desks;
    await checkIn();
    await desks.desk('診間');
    await desks.card('李醫師');
    await write('C08CA01', '示範藥局（5901010012）');
    await type(DOCTOR_PIN);
    await page.locator('.receipt').waitFor();
    await page.keyboard.press('F7');
    await page.getByRole('alertdialog').waitFor();
    await page.keyboard.type('開錯劑量');
    await desks.picture('clinic-cancel');
    expect(await violations(desks)).toEqual([]);
    await page.keyboard.press('Enter');
    await type(DOCTOR_PIN);
    await page.locator('.receipt').getByText('處方已取消', { exact: true }).waitFor();
    // Nothing is left to print of it.
    expect(await page.getByRole('button', { name: '列印領藥單' }).count()).toBe(0);
    await desks.picture('clinic-cancelled');
    expect(await violations(desks)).toEqual([]);
    await page.keyboard.press('Escape');
    await desks.card('王小明');
  });

  it('clinic: a refill slip with a controlled drug says what it means before it is signed, and when each part opens', async () => {
    const { page } = desks;
    await checkIn();
    await write('A10BA02', '青田藥局（5931010023）', async () => {
      await page.getByLabel('天數').fill('28');
      await page.locator('#parts').selectOption('3');
      await page.locator('#parts').focus();
      await page.keyboard.press('Tab');
      await page.keyboard.press('Space');
      expect(await page.locator('.draft__refill').innerText()).toContain('共 84 天');
      await desks.picture('clinic-refill');
      expect(await violations(desks)).toEqual([]);
    });
    const review = await page.locator('.review').innerText();
    expect(review).toContain('分 3 次，每次 28 天，共 84 天');
    expect(review).toContain('管制藥品');
    await desks.picture('clinic-refill-review');
    expect(await violations(desks)).toEqual([]);
    await type(DOCTOR_PIN);
    await page.locator('.receipt').waitFor();
    const paper = await paperOf(desks, () => page.keyboard.press('F8'));
    const slip = await page.locator('.slip').innerText();
    expect(slip.match(/最早/gu)).toHaveLength(3);
    expect(slip).toContain('第 3 次');
    await desks.paperPicture('slip-refill', { width: 559, height: 794 }, { padding: '12mm' });
    expect(await paper.sizes()).toEqual(['148 x 210']);
    await paper.out();
    await page.keyboard.press('Escape');
    await desks.card('王小明');
  });

  it('clinic: what was issued today opens with the PIN, and what is open can be cancelled from there', async () => {
    const { page } = desks;
    await page.keyboard.press('F7');
    await page.getByRole('alertdialog').waitFor();
    expect(await violations(desks)).toEqual([]);
    await type(DOCTOR_PIN);
    await page.locator('.issue').first().waitFor();
    const rows = await page.locator('.issue').allInnerTexts();
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(/王○明[^]*青田藥局[^]*未領藥/u);
    expect(rows[1]).toContain('已取消');
    await desks.picture('clinic-issued');
    expect(await violations(desks)).toEqual([]);
    expect(await page.getByRole('button', { name: /^取消處方 [^（]+（王○明）/u }).count()).toBe(1);
    await page.keyboard.press('F7');
    await page.getByRole('heading', { name: /尚未結束的處方/u }).waitFor();
    expect(await page.locator('.issue').count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.locator('.gate').waitFor();
  });

  it('pharmacy: sent elsewhere, collected here by the patient’s PIN; the controlled drug asks for it again', async () => {
    const { page } = desks;
    await desks.desk('藥局');
    await desks.card('藥師 吳先生');
    await page.getByText('工作人員卡已就緒').first().waitFor();
    await type('147258');
    await page.getByText('請插入病人的健保卡').waitFor();
    await desks.card('王小明');
    await page.locator('.rx').first().waitFor();
    expect(await page.locator('.rx').innerText()).toMatch(/原指定：青田藥局[^]*/u);
    await desks.picture('pharmacy-elsewhere');
    expect(await violations(desks)).toEqual([]);
    await page.getByRole('button', { name: '改在本藥局領藥' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('alertdialog').waitFor();
    await desks.picture('pharmacy-designate');
    expect(await violations(desks)).toEqual([]);
    await type(PATIENT_PIN);
    await page.locator('.rx--ready').waitFor();
    await desks.picture('pharmacy-designated');
    expect(await violations(desks)).toEqual([]);
    await page.keyboard.press('F4');
    await page.getByRole('alertdialog').waitFor();
    expect(await violations(desks)).toEqual([]);
    await type(PATIENT_PIN);
    await page.locator('.receipt').waitFor();
  });

  it('asks nothing of any other host and writes no error', () => {
    expect(desks.complaints).toEqual([]);
  });
});
