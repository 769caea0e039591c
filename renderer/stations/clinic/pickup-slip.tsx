/**
 * The pickup slip, A5: which pharmacy, until when, and a code that names the prescription. No name, no pseudonym, no drug: it may be lost.
 * @module
 */
import { useTranslation } from 'react-i18next';
import type { PickupSlip as Slip } from '../../../contract/paper.ts';
import { pickupCode } from '../../../contract/pickup-code.ts';
import type { StationDescription } from '../../../contract/station.ts';
import { rocDay, shortId } from '../../ui/calendar.ts';
import { CopyMark } from '../../ui/copy-mark.tsx';
import { QrCode } from '../../ui/qr-code.tsx';
import { institutionOf, pharmacyName } from './slip-names.ts';

/** Repeats what the screen promised. */
export function PickupSlip({
  slip,
  acknowledged,
  onCard,
  description,
}: {
  readonly slip: Slip;
  readonly acknowledged: boolean;
  readonly onCard: boolean;
  readonly description: StationDescription;
}) {
  const { t, i18n } = useTranslation();
  const parts = slip.opens.length;
  const fact = (name: string, value: string, more?: string) => (
    <div className="slip__fact" key={name}>
      <dt>{name}</dt>
      <dd>
        {value} {more === undefined ? null : <small className="code">{more}</small>}
      </dd>
    </div>
  );
  const day = (iso: string): string => rocDay(iso, i18n.language);
  return (
    <article className="slip" aria-label={t('paper.slip')}>
      <header className="slip__head">
        <p className="slip__from">{institutionOf(description)}</p>
        <CopyMark printed={slip.printed} />
        <h1 className="slip__title">{t('paper.slip')}</h1>
      </header>
      <div className="slip__code">
        <QrCode text={pickupCode(slip.rxId)} label={t('paper.code')} />
        <p>
          {t('clinic.rxId')}
          <strong className="code">{shortId(slip.rxId)}</strong>
          <small className="code">{slip.rxId.toUpperCase()}</small>
        </p>
      </div>
      <dl className="slip__facts">
        {fact(t('paper.pharmacy'), pharmacyName(description, slip.pharmacy), slip.pharmacy)}
        {fact(t('paper.until'), day(slip.expires), slip.expires)}
        {fact(t('paper.parts'), t('paper.partsValue', { count: parts }))}
        {parts === 1
          ? null
          : slip.opens.map((from, i) =>
              fact(t('pharmacy.part', { part: i + 1, parts }), t('paper.opens', { day: day(from) }), from),
            )}
        {fact(t('pharmacy.issued'), day(slip.issued), slip.issued)}
        {fact(t('registration.visit'), shortId(slip.visitId))}
      </dl>
      <ul className="slip__said">
        <li>{t(acknowledged ? 'clinic.acknowledged' : 'clinic.notAcknowledged')}</li>
        <li>{t(onCard ? 'clinic.onCard' : 'clinic.notOnCard')}</li>
      </ul>
      {parts === 1 ? null : <p className="slip__small">{t('paper.opensWhy')}</p>}
      <p className="slip__now">{t('paper.bringCard')}</p>
      <p className="slip__small">{t('paper.nothingPersonal')}</p>
    </article>
  );
}
