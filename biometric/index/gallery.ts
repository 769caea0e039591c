/**
 * Identification, 1:N: who of all enrolled persons has these fingers. The matcher knows people by an id that means nothing elsewhere; names and
 * records are other people's business.
 *
 *     const gallery = await openLocalGallery({ folder, key, threads: 2 });
 *     await gallery.add([{ id, fingers: [{ finger: 2, templates }, { finger: 7, templates: others }] }]);
 *     const { candidates, searched, enrolled } = await gallery.search({ fingers: [{ finger: 2, templates: probe }] }, 10, signal);
 *     if (searched < enrolled) say(`${enrolled - searched} persons could not be compared`);
 * @module
 */
import type { FingerTemplate } from '../extract/finger-template.ts';

/** One finger: its position (ISO/IEC 19794-2 table 2, 1 to 10; 0 unknown, in a probe only) and a template for each extraction. */
export interface GalleryFinger {
  readonly finger: number;
  readonly templates: readonly FingerTemplate[];
}

/** A person as the gallery knows them. `id`: 16 bytes, hex. At most one entry a finger. */
export interface GalleryPerson {
  readonly id: string;
  readonly fingers: readonly GalleryFinger[];
}

/** Somebody like the probe; a higher score is more alike. */
export interface Candidate {
  readonly id: string;
  readonly score: number;
}

/** What came of a search. */
export interface SearchAnswer {
  /** Best first. */
  readonly candidates: readonly Candidate[];
  /** Persons that were compared. Less than `enrolled`: a part of the gallery did not answer, and whoever is sought may be in it. */
  readonly searched: number;
  readonly enrolled: number;
  /** Names of the parts that did not answer. */
  readonly unreachable: readonly string[];
}

/** Searches. What else stands behind it (a commercial system, say) needs no more than this. */
export interface CandidateSource {
  /** At most `limit` candidates. Rejects with the signal's reason; RangeError for a probe without a finger. */
  search(
    probe: { readonly fingers: readonly GalleryFinger[] },
    limit: number,
    signal: AbortSignal,
  ): Promise<SearchAnswer>;
}

/** Whom a gallery has, all its copies looked at. */
export interface GalleryIds {
  /** Everybody whom any copy has: who is not in the register is to be erased. */
  readonly anywhere: Iterable<string>;
  /** Those of them whom a copy lacks: who is in the register is to be put again. Nobody where there is one copy. */
  readonly incomplete: ReadonlySet<string>;
}

/** A gallery that is kept. */
export interface Gallery extends CandidateSource {
  /** On disk once it resolves, all or none. A person that is there already is put in the place of the former. */
  add(persons: readonly GalleryPerson[], signal: AbortSignal): Promise<void>;
  /** Erases; false when nobody has this id. */
  remove(id: string, signal: AbortSignal): Promise<boolean>;
  size(signal: AbortSignal): Promise<number>;
  close(): Promise<void>;
}

/** A gallery that can leave what was erased out of its files, and be compared with a register. */
export interface ErasingGallery extends Gallery {
  /** Without some who are enrolled still: they are erased with it. */
  rewrite(without?: Iterable<string>): Promise<void>;
  ids(signal: AbortSignal): Promise<GalleryIds>;
  /** Whether each of its copies has so many persons. */
  holds(count: number, signal: AbortSignal): Promise<boolean>;
}
