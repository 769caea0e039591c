/**
 * Arrow keys in a list whose rows have a button each.
 * @module
 */
import type { KeyboardEvent } from 'react';

const STEP_OF_ARROW: Readonly<Partial<Record<string, number>>> = { ArrowDown: 1, ArrowUp: -1 };

/** Moves the focus from the button that has it to the next one, or the one before, inside `list`; at the ends it stays. */
export function moveByArrows(list: HTMLElement | null, event: KeyboardEvent): void {
  const step = STEP_OF_ARROW[event.key];
  if (step === undefined) return;
  const all = [...(list?.querySelectorAll<HTMLElement>('button') ?? [])];
  all[all.findIndex((button) => button === document.activeElement) + step]?.focus();
  event.preventDefault();
}
