/**
 * A photo for the register from a picture that was chosen: made small here, for it has to fit a message and tells who somebody is at any size.
 * @module
 */
import { MAX_PHOTO_BYTES, type Photo } from '../../../contract/fingerprints.ts';

/** Longest side, pixels. */
const SIDE = 480;
/** JPEG qualities to try; the first that fits. */
const QUALITIES = [0.85, 0.7, 0.5, 0.3] as const;
/** Room for the rest of a call between screen and station. */
const MOST_BYTES = Math.min(MAX_PHOTO_BYTES, 44 * 1024);

/** The size that fits, in the same proportions; never larger. */
export function fittedSize(width: number, height: number): { readonly width: number; readonly height: number } {
  const scale = Math.min(1, SIDE / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Bytes as base64. */
function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** The picture as a JPEG; undefined when it is none, or cannot be made small enough. */
export async function photoOf(file: Blob): Promise<Photo | undefined> {
  const picture = await createImageBitmap(file).catch(() => undefined);
  if (picture === undefined) return undefined;
  const { width, height } = fittedSize(picture.width, picture.height);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (context === null) return undefined;
  context.drawImage(picture, 0, 0, width, height);
  picture.close();
  for (const quality of QUALITIES) {
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
    if (blob.size <= MOST_BYTES)
      return { mime: 'image/jpeg', data: base64Of(new Uint8Array(await blob.arrayBuffer())) };
  }
  return undefined;
}
