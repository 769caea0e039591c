/**
 * The banner of a demonstration stands on the screen in both languages, and on no other screen.
 */
import { createInstance } from 'i18next';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { I18nextProvider } from 'react-i18next';
import { describe, expect, it } from 'vitest';
import en from '../i18n/en.json' with { type: 'json' };
import zh from '../i18n/zh-TW.json' with { type: 'json' };
import { Notices } from './notices.tsx';

const resources = { en: { translation: en }, 'zh-TW': { translation: zh } };

async function shown(lng: keyof typeof resources, demonstration?: boolean): Promise<string> {
  const i18n = createInstance();
  await i18n.init({ lng, resources });
  const notices = createElement(Notices, {
    state: undefined,
    linked: true,
    ...(demonstration === undefined ? {} : { demonstration }),
  });
  return renderToStaticMarkup(createElement(I18nextProvider, { i18n }, notices));
}

describe('the banner of a demonstration', () => {
  it.each([
    ['en', 'Demonstration'],
    ['zh-TW', '示範'],
  ] as const)('is there in %s', async (language, word) => {
    expect(await shown(language, true)).toContain(`<strong>${word}</strong>`);
    expect(await shown(language, false)).not.toContain(word);
    expect(await shown(language)).not.toContain(word);
  });
});
