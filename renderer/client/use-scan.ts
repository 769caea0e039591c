/**
 * Listens for a scanner wherever the focus is.
 * @module
 */
import { useEffectEvent, useLayoutEffect } from 'react';
import { NO_BURST, takeKey } from './scan-burst.ts';

/** Calls `onScan` with what was read. The Enter that ends a scan presses no button and sends no form. Off while `listening` is false. */
export function useScan(listening: boolean, onScan: (text: string) => void): void {
  const scanned = useEffectEvent(onScan);
  useLayoutEffect(() => {
    if (!listening) return undefined;
    let burst = NO_BURST;
    const onKeyDown = (event: KeyboardEvent): void => {
      const bare = !event.ctrlKey && !event.altKey && !event.metaKey;
      const taken = takeKey(burst, bare ? event.key : '', event.timeStamp);
      burst = taken.burst;
      if (taken.scan === undefined) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      scanned(taken.scan);
    };
    window.addEventListener('keydown', onKeyDown, { capture: true });
    return () => {
      window.removeEventListener('keydown', onKeyDown, { capture: true });
    };
  }, [listening]);
}
