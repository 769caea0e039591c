/**
 * The bundles a desk has fetched: every class of the epoch in force, and of the next as soon as it is published, so that a line that fails
 * at midnight stops nobody. All classes are fetched always: which doctor sits here cannot be told from it (groupsig note, "Bundle").
 * @module
 */

import { ImisError } from '../../contract/errors.ts';
import { equalBytes } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { fromBase64 } from '../../crypto/envelope/base64.ts';
import { findEntry, isBundle } from '../../crypto/groupsig/bundle.ts';
import { encodeAttributes } from '../../crypto/groupsig/context.ts';
import type { EpochHead } from '../../crypto/groupsig/epoch-head.ts';

import type { DeskPorts } from './ports.ts';

/** Bundles of one epoch by class. */
type EpochBundles = ReadonlyMap<number, Uint8Array>;

/** Finds a doctor's credentials. */
export interface BundleKeeper {
  /** A ‖ e (80 bytes) of who holds `bundleKey` in a class of this epoch, or undefined. Rejects when the bundles cannot be had. */
  find(
    head: EpochHead,
    bundleKey: Uint8Array,
    classNumber: number,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined>;
  /** Fetches the bundles of some epochs and forgets all but those to keep. */
  prepare(heads: readonly EpochHead[], keep: readonly EpochHead[], signal: AbortSignal): Promise<void>;
}

const nameOf = ({ epoch }: EpochHead): string => `${epoch.day}.${epoch.seq}`;

export function createBundleKeeper(ports: Pick<DeskPorts, 'bureau'>): BundleKeeper {
  const kept = new Map<string, EpochBundles>();

  const fetched = async (head: EpochHead, signal: AbortSignal): Promise<EpochBundles> => {
    const name = nameOf(head);
    const known = kept.get(name);
    if (known !== undefined) return known;
    const bundles = new Map<number, Uint8Array>();
    for (const row of head.classes) {
      if (row.servedBy !== row.classNumber) continue;
      const params = { epoch: name, doctorClass: String(row.classNumber) };
      const bundle = fromBase64((await ports.bureau.bundle({ params }, signal)).bundle);
      if (!isBundle(bundle) || !equalBytes(h256(bundle), row.bundleHash))
        throw new ImisError('BUREAU_ANSWER_INVALID', `the bundle of class ${row.classNumber} is not the one announced`);
      bundles.set(row.classNumber, bundle);
    }
    kept.set(name, bundles);
    return bundles;
  };

  return {
    find: async (head, bundleKey, classNumber, signal) => {
      const bundle = (await fetched(head, signal)).get(classNumber);
      if (bundle === undefined) return undefined;
      return findEntry(bundle, bundleKey, {
        pkh: head.pkh,
        attributes: encodeAttributes({ epoch: head.epoch, classNumber }),
      });
    },
    prepare: async (heads, keep, signal) => {
      const names = new Set(keep.map(nameOf));
      for (const name of kept.keys()) if (!names.has(name)) kept.delete(name);
      for (const head of heads) await fetched(head, signal);
    },
  };
}
