/**
 * Banners above the work: the wire to the station is lost, or the bureau cannot be reached. Offline is a mode, not an error.
 * @module
 */
import { CloudOff, CloudUpload, FlaskConical, Unplug } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeskState } from '../../contract/station.ts';

/** What still works and how many messages wait; never implies that something was sent. */
export function Notices({
  state,
  linked,
  demonstration = false,
  children,
}: {
  readonly state: DeskState | undefined;
  readonly linked: boolean;
  /** Nobody is a patient here. */
  readonly demonstration?: boolean;
  readonly children?: ReactNode;
}) {
  const { t } = useTranslation();
  const { online, waiting } = state?.bureau ?? { online: true, waiting: 0 };
  return (
    <div className="notices">
      {children}
      {demonstration ? (
        <p className="notice notice--warn">
          <FlaskConical aria-hidden="true" />
          <strong>{t('app.demonstration')}</strong>
          <span>{t('app.demonstrationHow')}</span>
        </p>
      ) : null}
      <div role="status">
        {linked ? null : (
          <p className="notice notice--bad">
            <Unplug aria-hidden="true" />
            <span>{t('link.down')}</span>
          </p>
        )}
        {state === undefined || online ? null : (
          <p className="notice notice--warn">
            <CloudOff aria-hidden="true" />
            <span>
              <strong>{t('offline.title')}</strong> {t(`offline.${state.desk}`)}
            </span>
            {waiting === 0 ? null : (
              <strong className="notice__count">{t('offline.waiting', { count: waiting })}</strong>
            )}
          </p>
        )}
        {online && waiting > 0 ? (
          <p className="notice notice--info">
            <CloudUpload aria-hidden="true" />
            <span>{t('offline.queued', { count: waiting })}</span>
          </p>
        ) : null}
      </div>
    </div>
  );
}
