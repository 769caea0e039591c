/**
 * Makes the keys of the copy typed: a key that is not in zh-TW.json does not compile.
 */
import type zh from './zh-TW.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof zh };
  }
}
