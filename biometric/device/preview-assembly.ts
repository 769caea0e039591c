/**
 * Previews on their way: pieces of frames that follow each other, of which some are lost. What is not whole when the next frame begins is never shown.
 * @module
 */
import type { GreyImage } from '../extract/grey-image.ts';
import { type DeviceHello, PREVIEW_HEAD, type PreviewReport } from './capture-reports.ts';
import { createImageAssembly, type ImageAssembly } from './image-assembly.ts';

/** Takes the reports of one capture one after the other; answers with a frame when it is whole. A preview shows the whole window of the device. */
export function createPreviewAssembly({ reportLength, width, dpi }: DeviceHello): {
  add(report: PreviewReport): GreyImage | undefined;
} {
  let current: (Pick<PreviewReport, 'frame' | 'width' | 'height'> & { readonly assembly: ImageAssembly }) | undefined;
  /** Frames are numbered around: the later one is less than half the way ahead. */
  const isNext = ({ frame }: PreviewReport): boolean =>
    current === undefined || (((frame - current.frame) & 0xffff) < 0x8000 && frame !== current.frame);
  return {
    add: (report) => {
      if (isNext(report)) {
        const { frame, width: columns, height: lines } = report;
        const assembly = createImageAssembly(columns * lines, reportLength - PREVIEW_HEAD);
        current = { frame, width: columns, height: lines, assembly };
      }
      if (current?.frame !== report.frame || current.width !== report.width || current.height !== report.height)
        return undefined;
      const { assembly } = current;
      if (!assembly.add(report.index, report.payload) || assembly.missing(1).length > 0) return undefined;
      return {
        width: report.width,
        height: report.height,
        dpi: Math.max(1, Math.round((dpi * report.width) / width)),
        pixels: assembly.pixels,
      };
    },
  };
}
