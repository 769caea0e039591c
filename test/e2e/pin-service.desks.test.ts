/**
 * A PIN changed, blocked and unblocked at the desks, with mouse and keyboard, on the demonstration as `npm start` brings it up.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_PUK } from '../../main/app/demonstration.ts';
import { violations } from './axe-violations.ts';
import { type Desks, openDesks } from './desks-harness.ts';

const NEW = '580213';

describe('the PIN service at the desks', () => {
  let desks: Desks;
  /** Everything that a call of the page carried in its address. */
  const addresses: string[] = [];
  beforeAll(async () => {
    desks = await openDesks();
    desks.page.on('request', (request) => addresses.push(request.url()));
  });
  afterAll(async () => {
    await desks.close();
  });

  const enter = async (...entries: readonly string[]): Promise<void> => {
    for (const entry of entries) await desks.pin(entry);
  };
  const open = () => desks.page.getByRole('button', { name: 'PIN 碼', exact: true }).click();
  const refusal = (code: string) => desks.page.locator(`.error[data-code=${code}]`);
  const done = () => desks.page.locator('.pin-done');

  it('registration: a member of staff changes the PIN before signing on', async () => {
    const { page } = desks;
    await desks.card('掛號 張小姐');
    await open();
    await page.getByRole('heading', { name: 'PIN 碼服務' }).waitFor();
    expect(await violations(desks)).toEqual([]);
    await enter('369258', NEW);
    await desks.picture('pin-change');
    await enter('580214');
    await refusal('PIN_MISMATCH').waitFor();
    await enter('369258', '123456', '123456');
    await refusal('PIN_WEAK').waitFor();
    await enter('369258', NEW, NEW);
    await done().waitFor();
    expect(await done().innerText()).toContain('工作人員卡');
    expect(await violations(desks)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.locator('.pin').waitFor();
    await desks.pin(NEW);
    await page.getByText('請插入健保卡').first().waitFor();
  });

  it('registration: a patient’s PIN is changed, and nobody is checked in by that', async () => {
    const { page } = desks;
    await open();
    await desks.card('王小明');
    await page.getByRole('radio', { name: '健保卡', exact: true }).waitFor();
    expect(await page.getByTestId('queue-number').count()).toBe(0);
    await enter('112233', NEW, NEW);
    await done().waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.pin-done').waitFor({ state: 'detached' });
    expect(await page.getByTestId('queue-number').count()).toBe(0);
    await desks.card('王小明');
  });

  it('clinic: three wrong PINs block the doctor’s card, and the error leads to the PUK', async () => {
    const { page } = desks;
    await desks.desk('診間');
    await desks.card('李醫師');
    await page.getByText('連續簽署').first().click();
    for (let left = 2; left > 0; left--) {
      await desks.pin('000001');
      await refusal('PIN_WRONG')
        .filter({ hasText: String(left) })
        .waitFor();
    }
    await desks.pin('000001');
    await refusal('PIN_BLOCKED').waitFor();
    await page.getByRole('button', { name: '用 PUK 碼解鎖' }).click();
    await page.getByRole('radio', { name: '用 PUK 碼解鎖', checked: true }).waitFor();
    await enter('00000001', NEW, NEW);
    await refusal('PUK_WRONG').waitFor();
    expect(await refusal('PUK_WRONG').innerText()).toMatch(/9/u);
    await desks.picture('pin-unblock');
    expect(await violations(desks)).toEqual([]);
    // Typed on the keyboard this time.
    for (const entry of [DEMO_PUK, NEW, NEW]) {
      await page.keyboard.type(entry);
      await page.keyboard.press('Enter');
    }
    await done().waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('連續簽署').first().click();
    await desks.pin(NEW);
    await page.locator('.signing-open').waitFor();
  });

  it('leaves no digits in the page, in an address or in storage', async () => {
    const kept = await desks.page.evaluate(
      '[document.documentElement.outerHTML.includes("580213"), localStorage.length, sessionStorage.length, location.href]',
    );
    expect(kept).toEqual([false, 0, 0, expect.not.stringContaining(NEW)]);
    expect(addresses.length).toBeGreaterThan(10);
    expect(addresses.filter((address) => /580213|73519264|369258/u.test(address))).toEqual([]);
  });

  it('asks nothing of any other host and writes no error', () => {
    expect(desks.complaints).toEqual([]);
  });
});
