/**
 * Fingerprints at the card office and in the emergency room, on the demonstration as `npm start` brings it up: enrolled with mouse and keyboard, found
 * with the keyboard alone.
 */
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginEpoch } from '../../main/app/administer-bureau.ts';
import { CLERK, worldFolders } from '../../main/app/demonstration.ts';
import { systemClock } from '../../main/app/system-clock.ts';
import { violations } from './axe-violations.ts';
import { type Desks, FAKE_CAMERA, openDesks } from './desks-harness.ts';
import { paperOf } from './paper-on-screen.ts';

/** A grey picture of a face that is none. */
const PHOTO = Buffer.from(
  encode({
    width: 90,
    height: 120,
    channels: 1,
    depth: 8,
    data: Uint8Array.from({ length: 90 * 120 }, (_, i) => {
      const [x, y] = [(i % 90) - 45, Math.floor(i / 90) - 55];
      return (x / 26) ** 2 + (y / 36) ** 2 < 1 ? 190 : 110;
    }),
  }),
);

/** A picture of nothing. */
const grey = (width: number, height: number): Buffer =>
  Buffer.from(encode({ width, height, channels: 1, depth: 8, data: new Uint8Array(width * height).fill(120) }));

describe('the emergency room and what it finds by', () => {
  let desks: Desks;
  beforeAll(async () => {
    // A card is issued for its first class; the emergency room comes with the next epoch.
    desks = await openDesks('zh-TW', [], (home) => beginEpoch(worldFolders(home).bureau, systemClock), FAKE_CAMERA);
    await desks.desk('卡務');
  });
  afterAll(() => desks.close());

  const press = (...keys: readonly string[]) =>
    keys.reduce((all, key) => all.then(() => desks.page.keyboard.press(key)), Promise.resolve());
  const type = (text: string) => desks.page.keyboard.type(text);
  const heading = (name: string | RegExp) => desks.page.getByRole('heading', { name });
  const refusal = (code: string) => desks.page.locator(`.error[data-code=${code}]`);
  /** Asks for a finger by its key and lays somebody's on the scanner. */
  const take = async (key: string, whose: string, before: number): Promise<void> => {
    const { page } = desks;
    await page.locator('.hands').waitFor();
    await press(key);
    await page.locator('.finger-wait').waitFor();
    await page.locator('.laid').getByRole('button', { name: whose, exact: true }).click();
    await page.locator('.taken__one').nth(before).waitFor();
  };
  /** No sideways scrolling at half the width, which stands for a screen enlarged to 200 %. */
  const fits = async (): Promise<boolean> => {
    const before = desks.page.viewportSize() ?? { width: 1280, height: 860 };
    await desks.page.setViewportSize({ width: 640, height: 430 });
    const isFitting = await desks.page.evaluate('document.documentElement.scrollWidth <= innerWidth');
    await desks.page.setViewportSize(before);
    return isFitting === true;
  };
  const answerPin = async (pin: string): Promise<void> => {
    await desks.page.getByRole('alertdialog').waitFor();
    await type(pin);
    await press('Enter');
    await desks.page.getByRole('alertdialog').waitFor({ state: 'detached' });
  };

  it('takes a photo with the camera of the desk, and leaves it switched off', async () => {
    const { page } = desks;
    await desks.card('承辦 周小姐');
    await page.getByText('卡片已就緒').waitFor();
    await type(CLERK.pin);
    await press('Enter');
    await heading('查詢卡片').waitFor();
    await desks.card('王小明');
    await page.getByText('讀卡機裡：健保卡').waitFor();
    await press('F9');
    await heading(/指紋與照片/u).waitFor();
    expect(await page.locator('.badge--calm').innerText()).toBe('尚未決定');
    // What the page was ever given by a camera.
    await page.evaluate(`{
      const devices = navigator.mediaDevices;
      const ask = devices.getUserMedia.bind(devices);
      globalThis.cameraTracks = [];
      devices.getUserMedia = async (wanted) => {
        const stream = await ask(wanted);
        globalThis.cameraTracks.push(...stream.getTracks());
        return stream;
      };
    }`);
    const tracks = (): Promise<unknown> =>
      page.evaluate(`globalThis.cameraTracks.map(({ kind, readyState }) => kind + ' ' + readyState)`);
    const says = (words: string) => page.locator('.ask [role=status]', { hasText: words }).waitFor();
    const gone = () => page.getByRole('alertdialog').waitFor({ state: 'detached' });

    await page.context().grantPermissions([]);
    await press('F3');
    await says('這裡不能使用攝影機');
    expect(await violations(desks)).toEqual([]);
    expect(await tracks()).toEqual([]);
    await page.context().grantPermissions(['camera']);
    await press('Enter');
    await says('攝影機已開啟。');
    expect(await violations(desks)).toEqual([]);
    expect(await fits()).toBe(true);
    await desks.picture('fingerprints-camera');
    await press('Enter');
    await says('已拍好，攝影機已關閉。');
    expect(await tracks()).toEqual(['video ended']);
    await press('F3');
    await says('攝影機已開啟。');
    await press('F2');
    await says('已拍好');
    await press('Enter');
    await gone();
    const size: unknown = await page
      .locator('.choose-photo__picture')
      .evaluate((picture) => [Reflect.get(picture, 'naturalWidth'), Reflect.get(picture, 'naturalHeight')]);
    expect(size).toEqual([360, 480]);
    // Off again when somebody thinks better of it, and when the holder takes the card.
    await press('F3');
    await says('攝影機已開啟。');
    await press('Escape');
    await gone();
    await press('F3');
    await says('攝影機已開啟。');
    expect(await tracks()).toEqual(['video ended', 'video ended', 'video ended', 'video live']);
    // The dialog lies over the tray.
    await page.locator('.minicard', { has: page.getByText('王小明', { exact: true }) }).dispatchEvent('click');
    await gone();
    await heading('查詢卡片').waitFor();
    expect(await tracks()).toEqual(Array.from({ length: 4 }, () => 'video ended'));
  });

  it('takes fingers and photo with the holder’s consent', async () => {
    const { page } = desks;
    await desks.card('王小明');
    await page.getByText('讀卡機裡：健保卡').waitFor();
    await press('F9');
    await heading(/指紋與照片/u).waitFor();
    for (let i = 0; i < 3; i++) await take('2', '王小明 右食指', i);
    for (let i = 3; i < 6; i++) await take('7', '王小明 左食指', i);
    const file = (buffer: Buffer) => ({ name: 'wang.png', mimeType: 'image/png', buffer });
    const input = page.locator('input[type=file]');
    // On a picture of so few pixels nobody is recognised.
    await input.setInputFiles(file(grey(1_000, 59)));
    await page.getByText('這不是可用的照片').waitFor();
    expect(await page.locator('.choose-photo__picture').count()).toBe(0);
    await input.setInputFiles(file(PHOTO));
    await page.locator('.choose-photo__picture').waitFor();
    expect(await violations(desks)).toEqual([]);
    expect(await fits()).toBe(true);
    await desks.picture('fingerprints-consent');
    await heading(/指紋與照片/u).focus();
    await press('F2');
    await answerPin('121212');
    await refusal('PIN_WRONG').waitFor();
    // A wrong PIN costs neither fingers nor photo.
    expect(await page.locator('.choose-photo__picture').count()).toBe(1);
    await press('F2');
    await answerPin('112233');
    await page.locator('.pin-done').waitFor();
    expect(await page.locator('.choose-photo__picture').count()).toBe(0);
    expect(await page.locator('.badge--ok').first().innerText()).toBe('已登記');
  });

  it('finds the person with the keyboard alone', async () => {
    const { page } = desks;
    await desks.desk('急診');
    await heading('以指紋找出病人').waitFor();
    await page.getByText('請將急診醫師卡插入讀卡機。').waitFor();
    await desks.card('李醫師');
    await page.getByText('請選擇檢傷分級與原因。').waitFor();
    await page.getByRole('radio', { name: '1 級 復甦急救' }).focus();
    await press('Space', 'Tab', 'Space');
    expect(await violations(desks)).toEqual([]);
    expect(await fits()).toBe(true);
    await desks.picture('emergency-case');
    const small: unknown = await page.evaluate(
      `[...document.querySelectorAll('.screen--er button, .screen--er label.choice__one, .screen--er input.field')]
        .map((one) => one.getBoundingClientRect().height).filter((height) => height < 63.5)`,
    );
    expect(small).toEqual([]);
    await press('F2');
    await heading('採病人的指紋').waitFor();
    await take('2', '王小明 右食指（沒放好）', 0);
    expect(await page.locator('.taken__one .badge').innerText()).toContain('品質差');
    await take('2', '王小明 右食指', 0);
    await page.locator('.taken__one .badge--ok').waitFor();
    await press('u');
    await page.locator('.finger-wait').waitFor();
    await desks.picture('emergency-waiting');
    await page.locator('.laid').getByRole('button', { name: '王小明 左食指', exact: true }).click();
    // The window as it is before the finger is taken.
    await page.getByRole('img', { name: '掃描窗的即時影像' }).waitFor();
    await page.getByText('位置良好，請勿移動').waitFor();
    await desks.picture('emergency-preview', 0);
    await page.locator('.taken__one').nth(1).waitFor();
    expect(await violations(desks)).toEqual([]);
    expect(await fits()).toBe(true);
    await desks.picture('emergency-fingers');
    await press('F2');
    await answerPin('246810');
    await heading('可能是這位病人').waitFor();
    await page.getByText('等待第二人的員工卡').waitFor();
    await desks.card('護理 鄭小姐');
    await page.getByText('等待第二人的員工卡').waitFor({ state: 'detached' });
    await page.getByText('非常相似').waitFor();
    expect(await violations(desks)).toEqual([]);
    expect(await fits()).toBe(true);
    await desks.picture('emergency-candidates');
    await press('1');
    await answerPin('481526');
    await heading('急救必要資料').waitFor();
    await page.getByText('沒有過敏紀錄').waitFor();
    expect(await violations(desks)).toEqual([]);
    expect(await fits()).toBe(true);
    await desks.picture('emergency-record');
    await press('Escape');
    await heading('以指紋找出病人').waitFor();
  });

  it('tells the patient at the next check-in', async () => {
    const { page } = desks;
    const told = page.locator('.checked__opened');
    await desks.desk('掛號');
    await desks.card('掛號 張小姐');
    await page.getByText('卡片已就緒').first().waitFor();
    await type('369258');
    await press('Enter');
    await page.locator('.pin').waitFor({ state: 'detached' });
    await desks.card('王小明');
    await heading('報到完成').waitFor();
    expect(await told.locator('li').allInnerTexts()).toEqual([
      expect.stringMatching(/示範醫院 0401180014.*昏迷.*紀錄第 2 行/su),
    ]);
    expect(await violations(desks)).toEqual([]);
    await desks.picture('emergency-told');
    const paper = await paperOf(desks, () => press('F8'));
    // The whole hash of the log's line, and nobody's name.
    const printed = await page.locator('.paper').innerText();
    expect(printed).toMatch(/示範醫院 0401180014.*昏迷.*紀錄第 2 行，[0-9a-f]{64}/su);
    expect(printed).not.toMatch(/王/u);
    expect(await paper.sizes()).toEqual(['148 x 210']);
    await paper.out();
    await desks.card('王小明');
    await desks.desk('急診');
    await heading('以指紋找出病人').waitFor();
  });

  it('says what to do next when nobody is found', async () => {
    const { page } = desks;
    await page.getByRole('radio', { name: '2 級 危急' }).focus();
    await press('Space', 'Tab', 'Space', 'F2');
    await heading('採病人的指紋').waitFor();
    await take('2', '未登記的人 右食指', 0);
    await press('F2');
    await answerPin('246810');
    await heading('沒有找到相符的人').waitFor();
    await page.getByText('先以不明身分病人處置').waitFor();
    await desks.picture('emergency-nobody');
    await press('F4');
    await heading('採病人的指紋').waitFor();
    // The doctor takes the card: nothing stays.
    await desks.card('李醫師');
    await heading('以指紋找出病人').waitFor();
  });

  it('asks nothing of any other host and writes no error', () => {
    expect(desks.complaints).toEqual([]);
  });
});
