/**
 * Errors of a gallery. They are for whoever runs it: a search that cannot reach everybody is an answer, not an error.
 * @module
 */

/** What a gallery can say went wrong. */
export type GalleryErrorCode = 'GALLERY_DAMAGED' | 'GALLERY_KEY_WRONG' | 'GALLERY_FULL' | 'GALLERY_UNREACHABLE';

/** A refusal or failure of a gallery. */
export class GalleryError extends Error {
  override readonly name = 'GalleryError';
  readonly code: GalleryErrorCode;
  constructor(code: GalleryErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}
