/**
 * Days as Taiwan writes them: year of the Republic = common year - 1911. Data keep ISO 8601.
 * @module
 */

/** Year of the Republic of a common year. */
export const rocYear = (year: number): number => year - 1911;

/** 2027-03-31 -> 民國 116 年 3 月 31 日, or ROC 116-03-31. Expects YYYY-MM-DD. */
export function rocDay(day: string, language: string): string {
  const [year = '', month = '', date = ''] = day.split('-');
  const roc = rocYear(Number(year));
  return language === 'en' ? `ROC ${roc}-${month}-${date}` : `民國 ${roc} 年 ${Number(month)} 月 ${Number(date)} 日`;
}

/** Hours and minutes of an instant at this desk, 24 hours. */
export function clockTime(instant: string): string {
  const at = new Date(instant);
  return `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
}

/** Day of the year and time of an instant at this desk, e.g. 11/30 09:05: for what may end on another day. */
export function dayTime(instant: string): string {
  const at = new Date(instant);
  return `${at.getMonth() + 1}/${at.getDate()} ${clockTime(instant)}`;
}

/** The first eight digits of a long identifier, in two groups, as people compare them. */
export const shortId = (id: string): string => `${id.slice(0, 4)} ${id.slice(4, 8)}`;

/** Day and time of an instant at this desk, short, as the language writes them. */
export const when = (instant: string, language: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'short' }).format(new Date(instant));
