import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../contract/safety.ts';
import { checkDraft, EMPTY_DRAFT, newLine } from './draft-form.ts';
import { answeredDraft, type Review, reviewOf, unanswered } from './safety-answers.ts';

const finding = (id: string, severity: Finding['severity']): Finding => ({
  id,
  kind: 'interaction',
  severity,
  codes: ['B01AA03', 'M01AE01'],
  earlier: false,
});
const form = { ...EMPTY_DRAFT, diagnoses: ['I10'], lines: [newLine('B01AA03', '', [])], pharmacy: '5901012345' };
const checked = checkDraft(form);
if (!checked.ok) throw new Error('the draft of this test is not complete');
const { draft } = checked;
const review: Review = {
  draft,
  findings: [finding('a', 'contraindicated'), finding('b', 'serious'), finding('c', 'moderate')],
  unchecked: [],
  unverifiedRecords: 0,
  notOnCard: 0,
};

describe('answers to a review', () => {
  it('are wanted for all but what is moderate, gravest first', () => {
    expect(unanswered(review, {}).map(({ id }) => id)).toEqual(['a', 'b']);
    expect(unanswered(review, { a: '理由', b: '  ' }).map(({ id }) => id)).toEqual(['b']);
    expect(unanswered(review, { a: '理由', b: '理由' })).toEqual([]);
  });

  it('are signed trimmed, also where none was wanted, and never against what is no longer found', () => {
    expect(answeredDraft(review, { a: ' 理由 ', c: '知道', gone: '舊的', b: ' ' }).overrides).toEqual([
      { finding: 'a', reason: '理由' },
      { finding: 'c', reason: '知道' },
    ]);
    expect(answeredDraft(review, {})).toBe(draft);
  });

  it('belong to the draft that was reviewed and to no other', () => {
    const again = checkDraft(form);
    expect(again.ok && reviewOf(review, again.draft)).toBe(review);
    expect(reviewOf(review, { ...draft, note: '更改' })).toBeUndefined();
    expect(reviewOf(undefined, draft)).toBeUndefined();
  });
});
