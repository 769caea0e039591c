/**
 * What happened, what to do now, and a reference for the telephone. It takes the focus when it appears.
 * @module
 */
import { TriangleAlert } from 'lucide-react';
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { ERRORS, type Refusal } from '../../contract/errors.ts';

/** `attempt` changes with every new try, so that the same refusal is announced again. */
export interface ErrorPanelProps {
  readonly refusal: Refusal;
  readonly attempt: number;
  readonly children?: ReactNode;
}

/** Copy by code; the buttons that lead on come as children. */
export function ErrorPanel({ refusal, attempt, children }: ErrorPanelProps) {
  const { t } = useTranslation();
  const panel = useRef<HTMLDivElement>(null);
  const { ref, who, retry } = ERRORS[refusal.code];
  useLayoutEffect(() => {
    panel.current?.focus();
  }, [refusal.code, refusal.triesLeft, attempt]);
  return (
    <div className="error" role="alert" tabIndex={-1} ref={panel} data-code={refusal.code}>
      <TriangleAlert className="error__icon" aria-hidden="true" />
      <div className="error__body">
        <p className="error__what">{t(`error.code.${refusal.code}.what`)}</p>
        <p className="error__now">
          {refusal.triesLeft === undefined ? null : <strong>{t('error.tries', { count: refusal.triesLeft })} </strong>}
          {t(`error.code.${refusal.code}.now`)}
        </p>
        <p className="error__ref">
          <span className="error__code">{t('error.ref', { ref })}</span>
          {/* Where trying again may help, nobody needs to be called yet. */}
          {retry ? null : <span className="error__who">{t(`error.who.${who}`)}</span>}
        </p>
        {children === undefined ? null : <div className="error__actions">{children}</div>}
      </div>
    </div>
  );
}
