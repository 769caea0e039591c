/**
 * An NHI card and a virtual one at the registration desk, with mouse, keyboard and a scanner, on the demonstration as `npm start` brings it up.
 * The component for virtual cards is our stand-in.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startVirtualCardStandIn, type VirtualCardStandIn } from '../harness/virtual-card-stand-in.ts';
import { violations } from './axe-violations.ts';
import { type Desks, openDesks } from './desks-harness.ts';

const SCANNED = 'STAND-IN-scanned-0123456789';
const TYPED = 'STAND-IN-typed-0123456789';
const CHEN = `000000009876${'陳美玲'.padEnd(17, ' ')}F2234567860461102F108030110912345678    `;

describe('an NHI card at registration', () => {
  let component: VirtualCardStandIn;
  let desks: Desks;
  beforeAll(async () => {
    component = await startVirtualCardStandIn();
    desks = await openDesks('zh-TW', ['--virtual-card', component.url]);
    await desks.card('掛號 張小姐');
    await desks.pin('369258');
    await desks.page.getByText('請插入健保卡').first().waitFor();
  });
  afterAll(async () => {
    await desks.close();
    await component.close();
  });

  const main = (): Promise<string> => desks.page.locator('main').innerText();
  it('shows the card as what it is, and its holder masked', async () => {
    await desks.card('王先生');
    await desks.page.getByTestId('card-tail').waitFor();
    const text = await main();
    expect(text).toContain('王○明');
    expect(text).toContain('1234');
    expect(text).not.toMatch(/王小明|A123456789|000000001234/u);
    expect(await desks.page.locator('.slots').innerText()).toContain('現行健保卡');
    await desks.picture('registration-nhi-card');
    expect(await violations(desks)).toEqual([]);
  });

  it('warns that the card of this system is somebody else’s', async () => {
    await desks.card('王先生');
    await desks.card('陳美玲');
    await desks.page.locator('.error[data-code=CARD_OTHER_PERSON]').waitFor();
    expect(await main()).toContain('王○明');
    expect(await main()).toContain('陳○玲');
    expect(await desks.page.getByTestId('queue-number').count()).toBe(0);
    await desks.picture('registration-other-person');
    expect(await violations(desks)).toEqual([]);
    await desks.card('陳美玲');
    await desks.page.keyboard.press('Escape');
  });

  it('says beside the number that both cards are of one person', async () => {
    await desks.card('王先生');
    await desks.page.getByTestId('card-tail').waitFor();
    await desks.card('王先生');
    await desks.card('王小明');
    await desks.page.getByTestId('queue-number').waitFor();
    expect(await desks.page.locator('.identity-check').innerText()).toContain('相符');
    await desks.picture('registration-same-person');
    expect(await violations(desks)).toEqual([]);
    await desks.card('王小明');
    await desks.page.keyboard.press('Escape');
  });

  it('takes a scan wherever the focus is, once', async () => {
    component.offer(SCANNED, CHEN);
    // Shown as empty, the desk may still be busy with clearing: it takes no card then.
    await desks.page.locator('.virtual__input:not([readonly])').waitFor();
    await desks.page.getByRole('button', { name: '請人協助' }).focus();
    await desks.scan(SCANNED);
    await desks.page.getByTestId('card-tail').waitFor();
    expect(await main()).toContain('陳○玲');
    expect(await desks.page.getByRole('alertdialog').count()).toBe(0);
    await desks.picture('registration-virtual-card');
    expect(await violations(desks)).toEqual([]);
    await desks.scan(SCANNED);
    await desks.page.locator('.error[data-code=VIRTUAL_CARD_REUSED]').waitFor();
    await desks.picture('registration-virtual-card-refused');
    expect(await violations(desks)).toEqual([]);
    await desks.page.keyboard.press('Escape');
    await desks.page.getByText('請插入健保卡').first().waitFor();
  });

  it('is done with the keyboard alone, and keeps nothing in the field', async () => {
    component.offer(TYPED, CHEN);
    await desks.page.locator('.virtual__input:not([readonly])').waitFor();
    await desks.page.keyboard.press('F4');
    const field = desks.page.getByLabel('虛擬健保卡 QR 碼');
    // Slow enough that no busy machine makes a scan of it.
    await desks.page.keyboard.type(TYPED, { delay: 150 });
    expect(await field.inputValue()).toBe(TYPED);
    await desks.page.keyboard.press('Enter');
    await desks.page.getByTestId('card-tail').waitFor();
    expect(await field.inputValue()).toBe('');
    expect(component.calls.filter(({ body }) => body.includes(TYPED))).toHaveLength(1);
    await desks.page.keyboard.press('Escape');
  });

  it('says it in English too', async () => {
    await desks.page.getByRole('button', { name: 'English' }).click();
    await desks.card('林先生');
    await desks.page.getByText('Basic data from the NHI card').first().waitFor();
    await desks.picture('registration-nhi-card-english');
    expect(await violations(desks)).toEqual([]);
  });

  it('asks nothing of any other host and writes no error', () => {
    expect(desks.complaints).toEqual([]);
  });
});
