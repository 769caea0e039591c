/**
 * A person as a desk may see one: masked name, year of birth, sex.
 * @module
 */
import { useTranslation } from 'react-i18next';
import { rocYear } from './calendar.ts';

/** The masked name is never completed here; the station sends no more than is shown. */
export function Person({
  person,
}: {
  readonly person: { readonly name: string; readonly birthYear: number; readonly sex: 'male' | 'female' };
}) {
  const { t } = useTranslation();
  return (
    <p className="person">
      <span className="person__name">{person.name}</span>
      <span className="person__more">
        {t(`person.${person.sex}`)}
        <span aria-hidden="true"> · </span>
        {t('person.born', { roc: rocYear(person.birthYear), year: person.birthYear })}
      </span>
    </p>
  );
}
