/**
 * The keys on the button faces. F-keys work wherever the focus is; Escape only when no list, dialog or field has used it.
 * @module
 */
import { useLayoutEffect, useRef } from 'react';

/** Key name -> what it does; undefined while it does nothing. */
export type KeyMap = Readonly<Record<string, (() => void) | undefined>>;

/** Listens for the life of the component. What is on the screen has its keys at once: both effects run before the paint. */
export function useKeys(keys: KeyMap): void {
  const latest = useRef(keys);
  useLayoutEffect(() => {
    latest.current = keys;
  });
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
      const open = event.target instanceof Element && event.target.getAttribute('aria-expanded') === 'true';
      if (event.key === 'Escape' && (open || document.querySelector('[role="dialog"]') !== null)) return;
      const action = latest.current[event.key];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => {
      window.removeEventListener('keydown', onKeyDown);
    };
  }, []);
}
