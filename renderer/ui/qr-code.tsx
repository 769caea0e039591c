/**
 * A QR code (ISO/IEC 18004) as one SVG path, one unit a module, four modules of quiet zone around it (6.3.8).
 * @module
 */
import { pathOf, qrModules } from './qr-modules.ts';

/** `label` names it for who cannot see it. Its size is the style sheet's. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const modules = qrModules(text);
  return (
    <svg className="qr" viewBox={`0 0 ${modules.length} ${modules.length}`} role="img" aria-label={label}>
      <rect className="qr__ground" width={modules.length} height={modules.length} />
      <path className="qr__ink" d={pathOf(modules)} />
    </svg>
  );
}
