/**
 * The frame around every desk: who we are, which desk, card state in its corner, language, banners, and the tray where cards are software.
 * @module
 */
import { CreditCard, Languages } from 'lucide-react';
import { useState } from 'react';
import { Button, Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { TrayCard } from '../contract/card-service.ts';
import { refusalOf } from '../contract/errors.ts';
import { Desk, type StationDescription } from '../contract/station.ts';
import type { Connection } from './client/connection.ts';
import { useDesk } from './client/use-desk.ts';
import { useStation, useTray } from './client/use-station.ts';
import { otherLanguage } from './i18n/languages.ts';
import { AgentService, AgentServiceButton } from './stations/agents/agent-service.tsx';
import { CardOfficeScreen } from './stations/card-office/card-office-screen.tsx';
import { ClinicScreen } from './stations/clinic/clinic-screen.tsx';
import { EmergencyScreen } from './stations/emergency/emergency-screen.tsx';
import { PharmacyScreen } from './stations/pharmacy/pharmacy-screen.tsx';
import { RegistrationScreen } from './stations/registration/registration-screen.tsx';
import { Announcer } from './ui/announcer.tsx';
import { shownSlots } from './ui/card-indicator.ts';
import { CardIndicators } from './ui/card-indicators.tsx';
import { Conflicts } from './ui/conflicts.tsx';
import { LaidFingers } from './ui/laid-fingers.tsx';
import { Notices } from './ui/notices.tsx';
import { PinService, PinServiceButton } from './ui/pin-service.tsx';
import { Tray } from './ui/tray.tsx';
import type { TrayAction } from './ui/tray-action.ts';

function LanguageToggle() {
  const { t, i18n } = useTranslation();
  return (
    <Button
      className="language"
      aria-label={t('app.switchLanguage')}
      onPress={() => {
        void i18n.changeLanguage(otherLanguage(i18n.language));
      }}
    >
      <Languages aria-hidden="true" />
      <span lang={otherLanguage(i18n.language)}>{t('app.otherLanguage')}</span>
    </Button>
  );
}

/** One desk: its corner, its screen, its tray. Mounted anew for every desk, so that nothing of one is seen at another. */
function DeskFrame({
  connection,
  description,
  desk: name,
  linked,
}: {
  readonly connection: Connection;
  readonly description: StationDescription;
  readonly desk: Desk;
  readonly linked: boolean;
}) {
  const { t } = useTranslation();
  const desk = useDesk(connection, name);
  const demonstration = description.source === 'software' && description.demonstration;
  const cards = useTray(connection, demonstration);
  const { state } = desk.model;

  const act = async (card: TrayCard, action: TrayAction): Promise<void> => {
    if (action.type === 'full') return;
    if (action.type !== 'insert')
      await connection.station.trayRemove({ slot: action.type === 'move' ? action.from : action.slot });
    if (action.type !== 'remove') await connection.station.trayInsert({ card: card.id, slot: action.slot });
  };

  const institution = description.institutions.find((one) => one.desk === name);

  const screen = () => {
    if (state?.pinService !== undefined) return <PinService desk={desk} state={state} view={state.pinService} />;
    if (state?.agentService !== undefined)
      return <AgentService desk={desk} state={state} view={state.agentService} pharmacies={description.pharmacies} />;
    switch (state?.desk) {
      case undefined:
        return <p className="starting">{t('app.starting')}</p>;
      case 'registration':
        return <RegistrationScreen desk={desk} state={state} description={description} />;
      case 'clinic':
        return <ClinicScreen desk={desk} state={state} description={description} />;
      case 'pharmacy':
        return <PharmacyScreen desk={desk} state={state} description={description} />;
      case 'emergency':
        return <EmergencyScreen desk={desk} state={state} description={description} />;
      case 'card-office':
        return <CardOfficeScreen desk={desk} state={state} />;
    }
  };

  return (
    <div className={`app app--${name}`}>
      <a className="skip" href="#main">
        {t('app.skip')}
      </a>
      <header className="bar">
        <p className="bar__brand">
          <span className="bar__mark" aria-hidden="true">
            <CreditCard />
          </span>
          <span className="bar__name" title={t('app.institution', { code: institution?.code ?? '' })}>
            {institution?.name}
            <small>{t('app.name')}</small>
          </span>
        </p>
        {description.desks.length < 2 ? (
          <p className="bar__desk">{t(`desk.${name}`)}</p>
        ) : (
          <TabList className="tabs" aria-label={t('app.desks')}>
            {description.desks.map((other) => (
              <Tab key={other} id={other} className="tab">
                {t(`desk.${other}`)}
              </Tab>
            ))}
          </TabList>
        )}
        {state === undefined ? null : <CardIndicators state={state} />}
        {state === undefined ? null : <AgentServiceButton desk={desk} state={state} />}
        {state === undefined ? null : <PinServiceButton desk={desk} state={state} />}
        <LanguageToggle />
      </header>
      <Notices state={state} linked={linked} demonstration={description.demonstration && !demonstration}>
        <Announcer flow={state?.flow} identity={state?.desk === 'registration' ? state.identity : undefined} />
        {state === undefined ? null : <Conflicts desk={desk} state={state} />}
      </Notices>
      <main id="main" className="main" tabIndex={-1} aria-label={t(`desk.${name}`)}>
        {description.desks.length < 2 ? (
          screen()
        ) : (
          <TabPanel id={name} className="panel">
            {screen()}
          </TabPanel>
        )}
      </main>
      {description.laidFingers !== undefined && state !== undefined && 'taken' in state.flow ? (
        <LaidFingers
          fingers={description.laidFingers}
          onLay={(id) => {
            connection.station.layFinger({ id }).catch((cause: unknown) => desk.report(refusalOf(cause)));
          }}
        />
      ) : null}
      {demonstration && state !== undefined ? (
        <Tray
          cards={cards}
          slots={shownSlots(state)}
          desk={name}
          puk={state.pinService === undefined ? undefined : cards.find(({ puk }) => puk !== undefined)?.puk}
          onAction={(card, action) => {
            act(card, action).catch((cause: unknown) => desk.report(refusalOf(cause)));
          }}
        />
      ) : null}
    </div>
  );
}

/** The whole screen. A station with one desk has no switcher. */
export function App({ connection }: { readonly connection: Connection }) {
  const { t } = useTranslation();
  const { description, linked } = useStation(connection);
  const [chosen, setChosen] = useState<Desk>();
  if (description === undefined) {
    return (
      <div className="app">
        <Notices state={undefined} linked={linked} />
        <main className="starting" role="status">
          {t('app.starting')}
        </main>
      </div>
    );
  }
  const desk = chosen ?? description.desks[0] ?? 'registration';
  const frame = <DeskFrame key={desk} connection={connection} description={description} desk={desk} linked={linked} />;
  if (description.desks.length < 2) return frame;
  return (
    <Tabs className="desks" selectedKey={desk} onSelectionChange={(key) => setChosen(Desk.parse(key))}>
      {frame}
    </Tabs>
  );
}
