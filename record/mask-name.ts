/**
 * Names on shared screens (HOUSE section 4): the first and the last character stay, what lies between becomes circles.
 * @module
 */

/** 王小明 -> 王○明, 王明 -> 王○, Mary Smith -> M○ S○. Characters beyond the basic plane count as one. */
export function maskName(name: string): string {
  const trimmed = name.trim();
  if (/\s/u.test(trimmed)) {
    return trimmed
      .split(/\s+/u)
      .map((word) => `${Array.from(word)[0] ?? ''}○`)
      .join(' ');
  }
  const characters = Array.from(trimmed);
  if (characters.length < 2) return '○';
  if (characters.length === 2) return `${characters[0]}○`;
  return `${characters[0]}${'○'.repeat(characters.length - 2)}${characters.at(-1)}`;
}
