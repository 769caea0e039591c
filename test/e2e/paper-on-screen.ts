/**
 * Paper as the page would print it: Chromium shows the print style sheet, makes a PDF of it, and a decoder of others reads its code.
 * @module
 */
import jsqr from 'jsqr';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import type { Desks } from './desks-harness.ts';

/** While a sheet is being printed. */
export interface Paper {
  /** Of the pages of the PDF, in mm. Making it is printing: the page takes its paper away afterwards. */
  sizes(): Promise<readonly string[]>;
  /** The printer is done. */
  out(): Promise<void>;
}

/** Asks for paper; what is printed is in `.paper` and shown as on paper until it is out. */
export async function paperOf({ page }: Desks, ask: () => Promise<void>): Promise<Paper> {
  // A browser without a window prints nothing, and says at once that it is done.
  await page.evaluate('window.print = () => { document.body.dataset.printed = "asked"; }');
  await ask();
  await page.locator('body[data-printed=asked]').waitFor();
  await page.emulateMedia({ media: 'print' });
  return {
    sizes: async () => {
      const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
      return [...pdf.matchAll(/\/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]/gu)].map(([, width, height]) =>
        [width, height].map((points) => Math.round((Number(points) / 72) * 25.4)).join(' x '),
      );
    },
    out: async () => {
      await page.emulateMedia({ media: null });
      await page.evaluate('delete document.body.dataset.printed; window.dispatchEvent(new Event("afterprint"))');
      await page.locator('.paper').waitFor({ state: 'detached' });
    },
  };
}

const Pixels = z.object({ width: z.int(), height: z.int(), data: z.array(z.int()) });

/** The text of the QR code that is shown, from its picture. */
export async function readQr(page: Page): Promise<string> {
  const png = (await page.locator('.qr').screenshot()).toString('base64');
  // Code of the page, which has a canvas; this side has none.
  const seen = await page.evaluate(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${png}';
    await image.decode();
    const { width, height } = image;
    const context = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d');
    context.drawImage(image, 0, 0);
    return { width, height, data: [...context.getImageData(0, 0, width, height).data] };
  })()`);
  const { data, width, height } = Pixels.parse(seen);
  // Its types say that the function is the default of its module, which for a module of CommonJS is one step further.
  return jsqr.default(new Uint8ClampedArray(data), width, height)?.data ?? 'no code';
}
