/**
 * The holder chooses what an agent may collect: all or single prescriptions, where, until when.
 * @module
 */
import { ArrowRight } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AgentServiceView } from '../../../contract/agent-service.ts';
import type { StationDescription } from '../../../contract/station.ts';
import type { DeskHandle } from '../../client/use-desk.ts';
import { rocDay, shortId } from '../../ui/calendar.ts';
import { PressButton } from '../../ui/press-button.tsx';
import { emptyScope, offered, scopeOf, withControlled } from './scope-form.ts';

/** A month comes with the form; the station refuses what the bureau would. */
export function ChooseScope({
  desk,
  view,
  pharmacies,
  isCivil,
}: {
  readonly desk: DeskHandle;
  readonly view: AgentServiceView & { state: 'choosing' };
  readonly pharmacies: StationDescription['pharmacies'];
  /** A citizen's certificate card lies in a reader: with it nobody is named for controlled drugs. */
  readonly isCivil: boolean;
}) {
  const { t, i18n } = useTranslation();
  const { prescriptions, latest } = view;
  const [filled, setForm] = useState(() => emptyScope(latest));
  const form = isCivil ? withControlled(filled, prescriptions, false) : filled;
  const scope = scopeOf(form, prescriptions, latest);
  const toggle = (rxId: string): void => {
    const { chosen } = form;
    setForm({ ...form, chosen: chosen.includes(rxId) ? chosen.filter((one) => one !== rxId) : [...chosen, rxId] });
  };
  return (
    <div className="draft">
      <fieldset className="draft__part">
        <legend>{t('agents.what')}</legend>
        {isCivil ? null : (
          <label className="scope__one">
            <input
              type="checkbox"
              checked={form.controlled}
              aria-describedby="agent-controlled"
              onChange={(event) => setForm(withControlled(form, prescriptions, event.target.checked))}
            />
            <span>{t('agents.controlled')}</span>
          </label>
        )}
        <p className="draft__hint" id="agent-controlled">
          {t(isCivil ? 'agents.controlledCivil' : 'agents.controlledWhy')}
        </p>
        {offered(prescriptions, form).map(({ rxId, issued, partsLeft, controlled }) => (
          <label key={rxId} className="scope__one">
            <input type="checkbox" checked={form.chosen.includes(rxId)} onChange={() => toggle(rxId)} />
            <span>
              <span className="code">{shortId(rxId)}</span>{' '}
              {t('agents.prescription', { day: rocDay(issued, i18n.language), count: partsLeft })}
              {controlled === true ? ` · ${t('agents.controlledOne')}` : ''}
            </span>
          </label>
        ))}
        <p className="draft__hint">
          {t(
            form.chosen.length > 0
              ? 'agents.someChosen'
              : form.controlled
                ? 'agents.noneChosenAll'
                : 'agents.noneChosen',
          )}
        </p>
        {form.chosen.length > 0 ? null : (
          <label className="scope__one">
            <input
              className="field field--number"
              inputMode="numeric"
              autoComplete="off"
              aria-invalid={scope === undefined}
              value={form.uses}
              onChange={(event) => setForm({ ...form, uses: event.target.value })}
            />
            <span>{t('agents.times')}</span>
          </label>
        )}
      </fieldset>
      <fieldset className="draft__part">
        <legend>
          <label htmlFor="agent-pharmacy">{t('agents.where')}</label>
        </legend>
        <select
          id="agent-pharmacy"
          className="field"
          value={form.pharmacy}
          onChange={(event) => setForm({ ...form, pharmacy: event.target.value })}
        >
          <option value="">{t('agents.anywhere')}</option>
          {pharmacies.map(({ code, name }) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
      </fieldset>
      <fieldset className="draft__part">
        <legend>
          <label htmlFor="agent-until">{t('agents.until')}</label>
        </legend>
        <input
          id="agent-until"
          className="field"
          type="date"
          max={latest}
          value={form.until}
          aria-invalid={scope === undefined}
          onChange={(event) => setForm({ ...form, until: event.target.value })}
        />
      </fieldset>
      <PressButton
        look="primary"
        icon={<ArrowRight aria-hidden="true" />}
        isDisabled={desk.model.busy || scope === undefined}
        onPress={() => {
          if (scope !== undefined) desk.send({ call: 'proposeAgent', scope });
        }}
      >
        {t('agents.next')}
      </PressButton>
    </div>
  );
}
