/**
 * Messages that the bureau refused for good: each stays on the screen until somebody says what was done about it.
 * @module
 */
import { FileWarning } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ERRORS } from '../../contract/errors.ts';
import type { Conflict, DeskState } from '../../contract/station.ts';
import type { DeskHandle } from '../client/use-desk.ts';
import { shortId } from './calendar.ts';
import { PressButton } from './press-button.tsx';

/** Nothing while there is none. */
export function Conflicts({ desk, state }: { readonly desk: DeskHandle; readonly state: DeskState }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { conflicts } = state;
  if (conflicts.length === 0) return null;
  return (
    <section className="conflicts" aria-label={t('conflict.title', { count: conflicts.length })}>
      <p className="notice notice--bad" role="status">
        <FileWarning aria-hidden="true" />
        <span>
          <strong>{t('conflict.title', { count: conflicts.length })}</strong> {t('conflict.text')}
        </span>
        <PressButton look="quiet" onPress={() => setOpen(!open)}>
          {t(open ? 'conflict.hide' : 'conflict.show')}
        </PressButton>
      </p>
      {open ? (
        <ul className="conflicts__list">
          {conflicts.map((conflict) => (
            <ConflictRow key={conflict.id} conflict={conflict} desk={desk} />
          ))}
        </ul>
      ) : null}
    </section>
  );
}

function ConflictRow({ conflict, desk }: { readonly conflict: Conflict; readonly desk: DeskHandle }) {
  const { t, i18n } = useTranslation();
  const [note, setNote] = useState('');
  const { id, route, rxId, part, code, at } = conflict;
  const when = new Intl.DateTimeFormat(i18n.language, { dateStyle: 'short', timeStyle: 'short' }).format(new Date(at));
  return (
    <li className="conflict">
      <p>
        <strong>{t(`conflict.route.${route}`)}</strong>{' '}
        {rxId === undefined ? null : (
          <span className="code">
            {shortId(rxId)}/{part}
          </span>
        )}{' '}
        {when}
      </p>
      <p>
        {t(`error.code.${code}.what`)} {t(`error.code.${code}.now`)}{' '}
        <span className="error__code">{t('error.ref', { ref: ERRORS[code].ref })}</span>
      </p>
      <form
        className="conflict__settle"
        onSubmit={(event) => {
          event.preventDefault();
          if (note.trim() !== '') desk.send({ call: 'settleConflict', id, note: note.trim() });
        }}
      >
        <label>
          {t('conflict.note')}
          <input
            className="field"
            autoComplete="off"
            maxLength={500}
            value={note}
            onChange={(e) => setNote(e.target.value)}
          />
        </label>
        <PressButton
          isDisabled={desk.model.busy || note.trim() === ''}
          onPress={() => desk.send({ call: 'settleConflict', id, note: note.trim() })}
        >
          {t('conflict.settle')}
        </PressButton>
      </form>
    </li>
  );
}
