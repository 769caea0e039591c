/**
 * One prescription: what was checked, its lines, and the button that hands it out.
 * @module
 */
import { CircleCheck, CircleMinus, CircleX, PackageCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ERRORS } from '../../../contract/errors.ts';
import type { PrescriptionView, Term } from '../../../contract/station.ts';
import { rocDay, shortId } from '../../ui/calendar.ts';
import { MedicationTable } from '../../ui/medication-table.tsx';
import { PressButton } from '../../ui/press-button.tsx';
import { CHECKS, checksOf } from './prescription-checks.ts';

const ICONS = { passed: CircleCheck, failed: CircleX, unknown: CircleMinus } as const;

/** `onHandOut` is absent once there is nothing to hand out. */
export interface PrescriptionCardProps {
  readonly prescription: PrescriptionView;
  readonly medications: readonly Term[];
  readonly busy: boolean;
  /** The key on the button of the first prescription that is ready. */
  readonly keyName?: string;
  readonly onHandOut?: () => void;
}

/** Readable at arm's length: state first, then checks, then lines. */
export function PrescriptionCard({ prescription, medications, busy, keyName, onHandOut }: PrescriptionCardProps) {
  const { t, i18n } = useTranslation();
  const checks = checksOf(prescription);
  const { state, refusal } = prescription;
  return (
    <article className={`rx rx--${state}`} aria-labelledby={`rx-${prescription.rxId}`}>
      <header className="rx__head">
        <h2 className="rx__id" id={`rx-${prescription.rxId}`}>
          {t('clinic.rxId')} <span className="code">{shortId(prescription.rxId)}</span>
        </h2>
        <p className={`badge badge--${state === 'ready' ? 'ok' : state === 'refused' ? 'bad' : 'calm'}`}>
          {t(`pharmacy.state.${state}`)}
        </p>
        <dl className="rx__facts">
          <div>
            <dt>{t('pharmacy.issued')}</dt>
            <dd title={prescription.issued}>{rocDay(prescription.issued, i18n.language)}</dd>
          </div>
          <div>
            <dt>{t('pharmacy.expires')}</dt>
            <dd title={prescription.expires}>{rocDay(prescription.expires, i18n.language)}</dd>
          </div>
          <div>
            <dt className="visually-hidden">
              {t('pharmacy.part', { part: prescription.part, parts: prescription.parts })}
            </dt>
            <dd>{t('pharmacy.part', { part: prescription.part, parts: prescription.parts })}</dd>
          </div>
        </dl>
      </header>
      {refusal === undefined ? null : (
        <p className="rx__refusal">
          <strong>{t(`error.code.${refusal.code}.what`)}</strong> {t(`error.code.${refusal.code}.now`)}{' '}
          <span className="error__code">{t('error.ref', { ref: ERRORS[refusal.code].ref })}</span>
        </p>
      )}
      <div className="rx__body">
        <ul className="checks" aria-label={t('pharmacy.checks')}>
          {CHECKS.map((check) => {
            const Icon = ICONS[checks[check]];
            return (
              <li key={check} className={`check check--${checks[check]}`}>
                <Icon role="img" aria-label={t(`pharmacy.result.${checks[check]}`)} />
                {t(`pharmacy.check.${check}`)}
              </li>
            );
          })}
        </ul>
        <div className="rx__lines">
          <MedicationTable lines={prescription.lines} terms={medications} />
        </div>
      </div>
      {onHandOut === undefined ? null : (
        <footer className="rx__foot">
          <PressButton
            look="primary"
            icon={<PackageCheck aria-hidden="true" />}
            isDisabled={busy}
            onPress={onHandOut}
            {...(keyName === undefined ? {} : { keyName })}
          >
            {t('pharmacy.handOut')}
          </PressButton>
        </footer>
      )}
    </article>
  );
}
