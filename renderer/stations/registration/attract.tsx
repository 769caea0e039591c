/**
 * The attract state: one instruction and a moving picture of the reader.
 * @module
 */
import { useTranslation } from 'react-i18next';

/** A card going into a reader, drawn; it stands still where people asked for less motion. */
function ReaderPicture() {
  return (
    <svg className="reader" viewBox="0 0 320 300" aria-hidden="true" focusable="false">
      <g className="reader__card">
        <rect className="reader__plastic" x="85" y="16" width="150" height="180" rx="14" />
        <rect className="reader__stripe" x="85" y="40" width="150" height="26" />
        <rect className="reader__chip" x="137" y="128" width="46" height="40" rx="7" />
        <path className="reader__chip-line" d="M137 148h46M160 128v40M148 128v40M172 128v40" />
      </g>
      <rect className="reader__body" x="40" y="196" width="240" height="84" rx="18" />
      <rect className="reader__slot" x="68" y="196" width="184" height="12" rx="6" />
      <circle className="reader__light" cx="160" cy="246" r="9" />
    </svg>
  );
}

/** What a patient sees when nobody is being served; `left` when the last card is still in the reader. */
export function Attract({ left }: { readonly left: boolean }) {
  const { t } = useTranslation();
  return (
    <section className="attract">
      <ReaderPicture />
      <div className="attract__text">
        <h1 className="attract__title">{t(left ? 'registration.take' : 'registration.attract')}</h1>
        <p className="attract__how">{t(left ? 'registration.takeHow' : 'registration.attractHow')}</p>
        <p className="attract__privacy">{t('registration.attractPrivacy')}</p>
      </div>
    </section>
  );
}
