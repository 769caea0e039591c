import { describe, expect, it } from 'vitest';
import { agreementOf, type CardPerson } from './same-person.ts';

const WANG = { name: '王○明', birthYear: 1984, sex: 'male' } as const;
const card = (more: Partial<CardPerson> = {}): CardPerson => ({ ...WANG, nameCut: false, ...more });

describe('one person or two', () => {
  it('is one when masked name, year and sex agree', () => {
    expect(agreementOf(card(), WANG)).toBe('same');
    // Big5 has 兀 twice; the second is a compatibility character.
    expect(agreementOf(card({ name: '兀○\ufa0c' }), { ...WANG, name: '兀○兀' })).toBe('same');
    expect(agreementOf(card({ name: 'M○ S○' }), { ...WANG, name: 'M○ S○' })).toBe('same');
  });

  it.each([
    ['first character', card({ name: '陳○明' })],
    ['last character', card({ name: '王○華' })],
    ['length', card({ name: '王○○明' })],
    ['year of birth', card({ birthYear: 1985 })],
    ['sex', card({ sex: 'female' })],
    ['year, although the name cannot be told', card({ name: '王○\ufffd', birthYear: 1957 })],
    ['first character of a name that was cut', card({ name: '陳○明', nameCut: true })],
  ])('is two when they differ in %s', (_what, person) => {
    expect(agreementOf(person, WANG)).toBe('other');
  });

  it.each([
    ['a user-defined character', card({ name: '王○\ue000' })],
    ['a character nobody can tell', card({ name: '\ufffd○明' })],
    ['a name that may go on', card({ name: '王○○○○○○○○華', nameCut: true })],
  ])('cannot be told with %s', (_what, person) => {
    expect(agreementOf(person, WANG)).toBe('unsure');
  });
});
