/**
 * A photo for the register from a file that was chosen or from the camera: made small here, for it has to fit a message and tells who somebody is at
 * any size.
 * @module
 */
import { MAX_PHOTO_BYTES, type Photo } from '../../../contract/fingerprints.ts';

/** Longest side, pixels. */
const SIDE = 480;
/** Shortest side, pixels. */
const LEAST_SIDE = 60;
/** JPEG qualities to try; the first that fits. */
const QUALITIES = [0.85, 0.7, 0.5, 0.3] as const;
/** Room for the rest of a call between screen and station. */
const MOST_BYTES = Math.min(MAX_PHOTO_BYTES, 44 * 1024);

/** The size that fits, in the same proportions; never larger. */
export function fittedSize(width: number, height: number): { readonly width: number; readonly height: number } {
  const scale = Math.min(1, SIDE / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Whether a picture of this size still has enough pixels when it {@link fittedSize fits}: a second person is to tell by it who somebody is. */
export function isRecognisable(width: number, height: number): boolean {
  const fitted = fittedSize(width, height);
  return Math.min(fitted.width, fitted.height) >= LEAST_SIDE;
}

/** Bytes as base64. */
function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** The largest part in the middle that is upright, 3 to 4, in whole pixels: of a camera's wide picture the sides show no face. */
export function uprightPart(width: number, height: number): { x: number; y: number; width: number; height: number } {
  const scale = Math.min(width / 3, height / 4);
  const part = { width: Math.max(1, Math.floor(scale * 3)), height: Math.max(1, Math.floor(scale * 4)) };
  return { x: Math.floor((width - part.width) / 2), y: Math.floor((height - part.height) / 2), ...part };
}

/** The picture as a JPEG, small enough; undefined when that cannot be, or nobody would be recognised. The picture is used up. */
async function jpegOf(picture: ImageBitmap): Promise<Photo | undefined> {
  const { width, height } = fittedSize(picture.width, picture.height);
  const canvas = new OffscreenCanvas(width, height);
  const context = isRecognisable(picture.width, picture.height) ? canvas.getContext('2d') : null;
  context?.drawImage(picture, 0, 0, width, height);
  picture.close();
  if (context === null) return undefined;
  for (const quality of QUALITIES) {
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
    if (blob.size <= MOST_BYTES)
      return { mime: 'image/jpeg', data: base64Of(new Uint8Array(await blob.arrayBuffer())) };
  }
  return undefined;
}

/** The photo of a file; undefined when it holds no picture, or one that cannot be made small enough. */
export async function photoOf(file: Blob): Promise<Photo | undefined> {
  const picture = await createImageBitmap(file).catch(() => undefined);
  return picture === undefined ? undefined : jpegOf(picture);
}

/** What a video shows now, its {@link uprightPart}; undefined when it shows nothing. */
export async function photoOfVideo(video: HTMLVideoElement): Promise<Photo | undefined> {
  const { x, y, width, height } = uprightPart(video.videoWidth, video.videoHeight);
  const picture = await createImageBitmap(video, x, y, width, height).catch(() => undefined);
  return picture === undefined ? undefined : jpegOf(picture);
}
