/**
 * Allergies beside the person: what card and records say, and where they disagree.
 * @module
 */
import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { type KnownAllergy, substanceKey } from '../../../contract/safety.ts';
import type { StationDescription } from '../../../contract/station.ts';
import { substanceName } from './substance-name.ts';

/** Never empty: that nothing is known is said in words. */
export function AllergyList({
  allergies,
  unreadable,
  description,
}: {
  readonly allergies: readonly KnownAllergy[];
  readonly unreadable: number;
  readonly description: StationDescription;
}) {
  const { t, i18n } = useTranslation();
  const sourceWords = ({ onCard, atBureau }: KnownAllergy): string => {
    if (onCard === undefined) return t('clinic.allergy.source.bureau');
    if (atBureau === undefined) return t('clinic.allergy.source.card');
    if (onCard === atBureau) return t('clinic.allergy.source.both');
    return t('clinic.allergy.source.differs', {
      card: t(`clinic.allergy.criticality.${onCard}`),
      bureau: t(`clinic.allergy.criticality.${atBureau}`),
    });
  };
  return (
    <section className="allergies" aria-labelledby="allergies-title">
      <h2 className="section-title" id="allergies-title">
        {t('clinic.allergy.title')}
      </h2>
      {allergies.length === 0 ? <p className="allergies__none">{t('clinic.allergy.none')}</p> : null}
      <ul className="allergies__list">
        {allergies.map((allergy) => {
          const { substance, criticality, onCard, atBureau, confirmed } = allergy;
          const high = criticality === 'high';
          const agrees = onCard === atBureau;
          return (
            <li key={substanceKey(substance)} className={high ? 'allergy allergy--high' : 'allergy'}>
              {high ? <TriangleAlert aria-hidden="true" /> : <CircleAlert aria-hidden="true" />}
              <div>
                <p className="allergy__name">{substanceName(substance, description, i18n.language)}</p>
                <p className="allergy__risk">{t(`clinic.allergy.criticality.${criticality}`)}</p>
                <p className={agrees ? 'allergy__source' : 'allergy__source allergy__source--differs'}>
                  {agrees ? null : <strong>{t('clinic.allergy.disagrees')} </strong>}
                  {sourceWords(allergy)}
                </p>
                {confirmed ? null : <p className="allergy__source">{t('clinic.allergy.unconfirmed')}</p>}
              </div>
            </li>
          );
        })}
      </ul>
      {unreadable === 0 ? null : (
        <p className="notice-line notice-line--warn">
          <Info aria-hidden="true" />
          {t('clinic.allergy.unreadable', { count: unreadable })}
        </p>
      )}
    </section>
  );
}
