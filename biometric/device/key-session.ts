/**
 * Giving a scanner on HID its key (docs/scanners.md, "The key of a scanner"). A device takes a key once, and proves which one it holds as often as it
 * is asked: so whoever stored a key before giving it can ask after a crash. One that says that it holds a key is never told one.
 *
 *     const session = await openKeySession({ bus, later }, path, signal);
 *     if (session.keySlot === 'empty') await session.give(key, signal);   // true: the device proved that it holds it
 *     else await session.proves(key, secureRng(32), signal);              // the same, and the key stays here
 *     await session.close();
 * @module
 */
import { equalBytes, hex } from '../../crypto/common/bytes.ts';
import { BiometricError } from '../biometric-error.ts';
import type { Later } from './capture-driver.ts';
import { type DeviceReport, encodeKey, encodeProve, holdingProof, type KeySlot, keyProof } from './capture-reports.ts';
import { askDevice, greetDevice } from './greet-device.ts';
import type { HidBus } from './hid-transport.ts';

/** An opened scanner, as far as its key goes. */
export interface KeySession {
  /** 32 hex digits. */
  readonly deviceId: string;
  readonly keySlot: KeySlot;
  /**
   * Gives it a key of 32 bytes. True: it holds this key, and proved it. False: it refuses. SCANNER_UNTRUSTED: it says that it took the key and proves
   * another; SCANNER_STALLED and SCANNER_GONE: nobody knows whether it took it.
   */
  give(key: Uint8Array, signal: AbortSignal): Promise<boolean>;
  /** Whether it holds this key, which it is not told; `nonce`: 32 bytes, fresh. SCANNER_STALLED, SCANNER_GONE. */
  proves(key: Uint8Array, nonce: Uint8Array, signal: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

/** What a session works with. */
export interface KeySessionPorts {
  readonly bus: HidBus;
  readonly later: Later;
}

/** Opens the scanner at a path of the bus. SCANNER_ABSENT, SCANNER_BUSY, SCANNER_STALLED, SCANNER_GONE. */
export async function openKeySession(
  { bus, later }: KeySessionPorts,
  path: string,
  signal: AbortSignal,
): Promise<KeySession> {
  const transport = await bus.open(path);
  try {
    const { deviceId, keySlot } = await greetDevice(transport, later, signal);
    return {
      deviceId: hex(deviceId),
      keySlot,
      give: async (key, now) => {
        const question = {
          report: encodeKey(key),
          answerOf: (report: DeviceReport) => (report.type === 'key-set' ? report : undefined),
          silence: 'it does not say whether it took the key',
        };
        const { taken, proof } = await askDevice(transport, question, later, now);
        if (!taken) return false;
        if (!equalBytes(proof, keyProof(key, deviceId)))
          throw new BiometricError('SCANNER_UNTRUSTED', 'it says that it took the key, and proves another');
        return true;
      },
      proves: async (key, nonce, now) => {
        const question = {
          report: encodeProve(nonce),
          answerOf: (report: DeviceReport) => (report.type === 'proof' ? report : undefined),
          silence: 'it does not prove which key it holds',
        };
        const { proof } = await askDevice(transport, question, later, now);
        return equalBytes(proof, holdingProof(key, deviceId, nonce));
      },
      close: () => transport.close(),
    };
  } catch (cause) {
    await transport.close();
    throw cause;
  }
}
