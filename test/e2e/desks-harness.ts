/**
 * Starts the demonstration as `npm start` does and drives it in Debian's Chromium.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, chromium, type Page } from 'playwright-core';
import { copyDemonstration } from '../harness/demonstration-copy.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Pictures of the README are written here; left out, none are made. */
const PICTURES = process.env['IMIS_PICTURES'];
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser on a fresh demonstration. */
export interface Desks {
  readonly page: Page;
  /** Everything the page asked of another host than 127.0.0.1, and every error it wrote. */
  readonly complaints: readonly string[];
  /** Clicks a card of the tray: in if it is out, out if it is in. */
  card(label: string): Promise<void>;
  /** Types a PIN on the pad with the mouse. */
  pin(digits: string): Promise<void>;
  desk(name: string): Promise<void>;
  /** Types as a scanner does: wherever the focus is, faster than a browser under test can be sent keys, Enter at the end. */
  scan(text: string): Promise<void>;
  picture(name: string, settleMs?: number): Promise<void>;
  /** A picture of what is printed, on a page of this size in CSS pixels with this style: an object, for the policy forbids text. */
  paperPicture(
    name: string,
    size: { readonly width: number; readonly height: number },
    style: Readonly<Record<string, string>>,
  ): Promise<void>;
  close(): Promise<void>;
}

function start(home: string, more: readonly string[]): Promise<{ url: string; child: ChildProcess }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ url: string; child: ChildProcess }>();
  const child = spawn(
    process.execPath,
    [join(ROOT, 'main', 'app', 'start.ts'), '--no-window', '--json', '--home', home, ...more],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  createInterface({ input: child.stdout }).once('line', (line) => {
    // start.ts prints {"ready": launch address} as its only line.
    resolve({ url: (JSON.parse(line) as { ready: string }).ready, child });
  });
  child.on('exit', (code) => reject(new Error(`start.ts ended with ${code}`)));
  return promise;
}

/** A camera that Chromium makes up. Whether the page may use it is said by the context's permissions: at first it may not. */
export const FAKE_CAMERA = ['--use-fake-device-for-media-stream'] as const;

/**
 * `locale` is the browser's language; `more` are arguments of `npm start`; `prepare` is given the demonstration before it starts; `browserArgs` are
 * Chromium's.
 */
export async function openDesks(
  locale = 'zh-TW',
  more: readonly string[] = [],
  prepare: (home: string) => Promise<unknown> = async () => undefined,
  browserArgs: readonly string[] = [],
): Promise<Desks> {
  const home = join(mkdtempSync(join(tmpdir(), 'imis-desks-')), 'home');
  await copyDemonstration(home);
  await prepare(home);
  const { url, child } = await start(home, more);
  const browser: Browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [...ARGS, ...browserArgs],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, locale });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (new URL(request.url()).hostname !== '127.0.0.1' && !request.url().startsWith('data:'))
      complaints.push(`off-site: ${request.url()}`);
  });
  page.setDefaultTimeout(15_000);
  await page.goto(url);
  if (PICTURES !== undefined) mkdirSync(PICTURES, { recursive: true });
  return {
    page,
    complaints,
    card: async (label) => {
      const card = (state: string) =>
        page.locator(`.minicard${state}`, { has: page.getByText(label, { exact: true }) });
      const before = await card('').getAttribute('aria-pressed');
      await card('').click();
      // Where it goes depends on where the others are: the next one waits until it is there, unless no reader was free.
      const after = card(`[aria-pressed=${before === 'true' ? 'false' : 'true'}]`);
      await after.waitFor({ timeout: 2_000 }).catch(() => undefined);
    },
    pin: async (digits) => {
      for (const digit of digits) await page.locator('.pin__key', { hasText: digit }).click();
      await page.locator('.pin__key--enter').click();
    },
    desk: (name) => page.getByRole('tab', { name }).click(),
    scan: async (text) => {
      await page.evaluate(`for (const key of ${JSON.stringify([...Array.from(text), 'Enter'])})
        document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))`);
    },
    picture: async (name, settleMs = 400) => {
      // Fonts and the last transition; a picture is for people. Without one, still the moment that a person takes to look.
      await page.evaluate('document.fonts.ready');
      await page.waitForTimeout(settleMs);
      if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}.png`) });
    },
    paperPicture: async (name, size, style) => {
      if (PICTURES === undefined) return;
      const before = page.viewportSize() ?? size;
      await page.setViewportSize(size);
      await page.evaluate('document.fonts.ready');
      await page.evaluate(`Object.assign(document.querySelector('.paper').style, ${JSON.stringify(style)})`);
      await page.screenshot({ path: join(PICTURES, `${name}.png`) });
      await page.evaluate(`document.querySelector('.paper').removeAttribute('style')`);
      await page.setViewportSize(before);
    },
    close: async () => {
      await browser.close();
      const ended = Promise.withResolvers<void>();
      child.on('exit', () => ended.resolve());
      child.kill('SIGTERM');
      await ended.promise;
      rmSync(join(home, '..'), { recursive: true, force: true });
    },
  };
}
