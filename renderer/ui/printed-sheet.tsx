/**
 * Paper while it is being printed: the page prints what stands in this portal and nothing else.
 * @module
 */
import { type ReactNode, useEffect } from 'react';
import { createPortal } from 'react-dom';

/** Prints its children as soon as it is there; `onDone` once the paper is out, and the same function as long as it is there. */
export function PrintedSheet({ onDone, children }: { readonly onDone: () => void; readonly children: ReactNode }) {
  useEffect(() => {
    window.addEventListener('afterprint', onDone);
    window.print();
    return () => {
      window.removeEventListener('afterprint', onDone);
    };
  }, [onDone]);
  return createPortal(<div className="paper">{children}</div>, document.body);
}
