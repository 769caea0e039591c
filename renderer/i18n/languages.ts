/**
 * The two languages of the screens; Chinese first.
 * @module
 */
import i18next, { type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import en from './en.json';
import zh from './zh-TW.json';

/** Languages as BCP 47 tags. */
export type Language = 'zh-TW' | 'en';

/** The language that the toggle offers. */
export const otherLanguage = (language: string): Language => (language === 'en' ? 'zh-TW' : 'en');

/** Loads both languages from the bundle and keeps `<html lang>` in step with the one chosen. */
export async function startLanguages(root: HTMLElement): Promise<i18n> {
  i18next.on('languageChanged', (language) => {
    root.lang = language;
  });
  await i18next.use(initReactI18next).init({
    lng: 'zh-TW',
    fallbackLng: 'zh-TW',
    resources: { 'zh-TW': { translation: zh }, en: { translation: en } },
    // React escapes what it shows.
    interpolation: { escapeValue: false },
  });
  return i18next;
}
