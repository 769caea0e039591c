import { describe, expect, it } from 'vitest';
import { bureauServe } from './bureau-serve.ts';
import { cardChangePin } from './card-change-pin.ts';
import { cardIssue } from './card-issue.ts';
import { cardList } from './card-list.ts';
import { holdsReaders } from './command.ts';
import { kiosk } from './kiosk.ts';

describe('a command', () => {
  it('that names a slot holds readers and is ended; one that serves goes on', () => {
    expect([cardIssue, cardList, cardChangePin].map(holdsReaders)).toEqual([true, true, true]);
    expect([bureauServe, kiosk].map(holdsReaders)).toEqual([false, false]);
  });
});
