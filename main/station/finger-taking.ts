/**
 * Taking fingers at a desk: one at a time, the screen told what the scanner waits for and whether something lies on it, quality in a word. It knows
 * no flow; the emergency desk and the card office keep what it gives.
 * @module
 */
import type { FingerQuality } from '../../biometric/extract/finger-quality.ts';
import { ImisError } from '../../contract/errors.ts';
import type { AskedFinger, FingerGrade, FingerPreview, ScannerWait, TakenFinger } from '../../contract/taken-finger.ts';
import { wipe } from '../../crypto/common/bytes.ts';
import { toBase64 } from '../../crypto/envelope/base64.ts';
import type { CapturedFinger, FingerScanner } from './finger-scanner.ts';

/** A finger that is kept until it is sent or forgotten. */
export interface HeldFinger {
  /** ISO/IEC 19794-2. */
  readonly record: Uint8Array;
  /** 0 to 100. */
  readonly quality: number;
  /** The challenge, base64, for which the scanner proved to have taken it; empty where it proves nothing. */
  readonly authenticFor: string;
  readonly shown: TakenFinger;
}

export interface FingerTaking {
  /** Set while the scanner waits. */
  waiting(): ScannerWait | undefined;
  /** Waits for a finger. SCANNER_ABSENT where the desk has no scanner, the codes of a capture, or the signal's reason. */
  take(finger: AskedFinger, challenge: Uint8Array, signal: AbortSignal): Promise<HeldFinger>;
  close(): void;
}

/** From which score on an impression is called good, and fair. Words for people: nothing depends on them. */
const GOOD = 70;
const FAIR = 55;

/** The word for a quality: good has nothing to be said against it, and a finger of which only a part touched is poor however clear that part is. */
export function gradeOf({ score, verdicts }: Pick<FingerQuality, 'score' | 'verdicts'>): FingerGrade {
  if (score < FAIR || verdicts.includes('partial')) return 'poor';
  return score >= GOOD && verdicts.length === 0 ? 'good' : 'fair';
}

const heldFrom = (
  { record, quality, authentic, preview }: CapturedFinger,
  finger: AskedFinger,
  challenge: string,
): HeldFinger => ({
  record,
  quality: Math.round(quality.score),
  authenticFor: authentic ? challenge : '',
  shown: {
    finger,
    grade: gradeOf(quality),
    problems: [...quality.verdicts],
    preview,
  },
});

/** Forgets fingers: the bytes are overwritten. */
export function forgetFingers(held: readonly HeldFinger[]): void {
  wipe(...held.map(({ record }) => record));
}

/** Over the desk's scanner, where it has one; `changed` is called whenever {@link FingerTaking.waiting} has changed. */
export function createFingerTaking(scanner: FingerScanner | undefined, changed: () => void): FingerTaking {
  let waiting: ScannerWait | undefined;
  const stop = scanner?.onFinger((present) => {
    if (waiting === undefined) return;
    waiting = { ...waiting, present };
    changed();
  });
  return {
    waiting: () => waiting,
    take: async (finger, challenge, signal) => {
      if (scanner === undefined) throw new ImisError('SCANNER_ABSENT', 'this desk has no scanner');
      waiting = { finger, present: false };
      changed();
      try {
        const onPreview = (preview: FingerPreview): void => {
          if (waiting === undefined) return;
          waiting = { ...waiting, preview };
          changed();
        };
        const captured = await scanner.capture({ finger, nonce: challenge, onPreview }, signal);
        return heldFrom(captured, finger, toBase64(challenge));
      } finally {
        waiting = undefined;
        changed();
      }
    },
    close: () => stop?.(),
  };
}
