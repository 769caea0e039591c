/**
 * One opening of a record in an emergency, in words: when, where, why, and the line of the log by which the bureau finds it again.
 * @module
 */
import { useTranslation } from 'react-i18next';
import type { RegistrationFlow } from '../../../contract/registration-desk.ts';
import { shortId, when } from '../../ui/calendar.ts';

/** What the bureau says of them. */
export type Notices = NonNullable<(RegistrationFlow & { step: 'checked-in' })['notices']>;

/** `whole`: with all of the line's hash, for paper. */
export function OpenedLine({ notice, whole }: { readonly notice: Notices[number]; readonly whole?: boolean }) {
  const { t, i18n } = useTranslation();
  const { at, institution, institutionName, reason, log } = notice;
  return (
    <li>
      {t('registration.opened', {
        when: when(at, i18n.language),
        institution: institutionName === institution ? institution : `${institutionName} ${institution}`,
        reason: t(`emergency.reason.${reason}`),
        line: log.position,
        hash: whole === true ? log.hash : shortId(log.hash),
      })}
    </li>
  );
}
