/**
 * Counts the time since the last touch or key while something is shown that must not stay.
 * @module
 */
import { useEffect, useEffectEvent, useState } from 'react';
import { idlePhase } from './idle-clock.ts';

/** Seconds left while asking, else undefined; `onOver` once when time is up. Off while `watching` is false. */
export function useIdle(watching: boolean, onOver: () => void): number | undefined {
  const [left, setLeft] = useState<number>();
  const over = useEffectEvent(onOver);
  useEffect(() => {
    if (!watching) return undefined;
    let touched = performance.now();
    const touch = (): void => {
      touched = performance.now();
      setLeft(undefined);
    };
    const timer = setInterval(() => {
      const now = idlePhase(performance.now() - touched);
      setLeft(now.phase === 'asking' ? now.left : undefined);
      if (now.phase !== 'over') return;
      clearInterval(timer);
      over();
    }, 500);
    window.addEventListener('pointerdown', touch);
    window.addEventListener('keydown', touch);
    return () => {
      clearInterval(timer);
      window.removeEventListener('pointerdown', touch);
      window.removeEventListener('keydown', touch);
      setLeft(undefined);
    };
  }, [watching]);
  return left;
}
