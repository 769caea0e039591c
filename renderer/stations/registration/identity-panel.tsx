/**
 * What an NHI card or a virtual card says of its holder: masked, read only, and what to do next. And, beside a check-in, whether both are
 * of one person.
 * @module
 */
import { CircleCheck, IdCard, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { IdentityView } from '../../../contract/identity.ts';
import type { RegistrationFlow } from '../../../contract/registration-desk.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Person } from '../../ui/person.tsx';
import { PressButton } from '../../ui/press-button.tsx';

type Shown = IdentityView & { state: 'shown' };

/** Whole panel, while nobody is being checked in. */
export function IdentityPanel({
  identity,
  attempt,
  onRead,
  onClear,
}: {
  readonly identity: Exclude<IdentityView, { state: 'none' }>;
  readonly attempt: number;
  /** Reads the NHI card once more. */
  readonly onRead: () => void;
  readonly onClear: () => void;
}) {
  const { t } = useTranslation();
  const { source } = identity;
  switch (identity.state) {
    case 'reading':
      return (
        <section className="identity" aria-busy="true">
          <h1 className="identity__title">{t(`identity.reading.${source}`)}</h1>
          {source === 'virtual-card' ? (
            <PressButton size="kiosk" keyName="Esc" onPress={onClear}>
              {t('key.cancel')}
            </PressButton>
          ) : null}
        </section>
      );
    case 'refused':
      return (
        <section className="trouble">
          <h1 className="visually-hidden">{t('error.title')}</h1>
          <ErrorPanel refusal={identity.refusal} attempt={attempt}>
            {source === 'nhi-card' ? (
              <PressButton look="primary" size="kiosk" keyName="F2" onPress={onRead}>
                {t('identity.again')}
              </PressButton>
            ) : null}
            <PressButton size="kiosk" keyName="Esc" onPress={onClear}>
              {t('key.clear')}
            </PressButton>
          </ErrorPanel>
        </section>
      );
    case 'shown':
      return (
        <section className="identity" aria-labelledby="identity-title">
          <h1 className="identity__title" id="identity-title">
            <IdCard aria-hidden="true" />
            {t(`identity.title.${source}`)}
          </h1>
          <Person person={identity.person} />
          <dl className="facts">
            <div className="fact">
              <dt>{t('identity.tail')}</dt>
              <dd className="code" data-testid="card-tail">
                {t('identity.masked', { tail: identity.cardTail })}
              </dd>
            </div>
          </dl>
          <p className="identity__only">{t(`identity.only.${source}`)}</p>
          <ol className="todo">
            <li>{t('identity.next1')}</li>
            <li>{t('identity.next2')}</li>
            <li>{t('identity.next3')}</li>
          </ol>
          <p className="identity__privacy">{t('identity.privacy')}</p>
          <PressButton look="primary" size="kiosk" keyName="Esc" onPress={onClear}>
            {t('key.clear')}
          </PressButton>
        </section>
      );
  }
}

/** One line beside a check-in: nothing speaks against it being one person. */
export function IdentityCheck({ agreement }: { readonly agreement: 'same' | 'unsure' }) {
  const { t } = useTranslation();
  const Icon = agreement === 'same' ? CircleCheck : TriangleAlert;
  return (
    <p className={`identity-check mark mark--${agreement === 'same' ? 'ok' : 'warn'}`} role="status">
      <Icon aria-hidden="true" />
      {t(`identity.agreement.${agreement}`)}
    </p>
  );
}

/** In the place of a check-in whose card is another person's than the NHI card: both, and no number to hand out. */
export function OtherPerson({
  flow,
  identity,
  attempt,
  onClear,
}: {
  readonly flow: RegistrationFlow & { step: 'checked-in' };
  readonly identity: Shown;
  readonly attempt: number;
  readonly onClear: () => void;
}) {
  const { t } = useTranslation();
  return (
    <section className="trouble">
      <h1 className="visually-hidden">{t('error.title')}</h1>
      <ErrorPanel refusal={{ code: 'CARD_OTHER_PERSON' }} attempt={attempt}>
        <PressButton look="primary" size="kiosk" keyName="Esc" onPress={onClear}>
          {t('key.clear')}
        </PressButton>
      </ErrorPanel>
      <dl className="two-persons">
        <div className="two-persons__one">
          <dt>{t(`identity.title.${identity.source}`)}</dt>
          <dd>
            <Person person={identity.person} />
          </dd>
        </div>
        <div className="two-persons__one">
          <dt>{t('identity.checkedIn', { number: flow.queueNumber })}</dt>
          <dd>
            <Person person={flow.person} />
          </dd>
        </div>
      </dl>
    </section>
  );
}
