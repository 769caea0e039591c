/**
 * One station with its desks: serves contract/station.ts. A kiosk has one desk, a demonstration all of them.
 * @module
 */

import type { cardServiceContract } from '../../contract/card-service.ts';
import { type Api, createTopics } from '../../contract/dispatch.ts';
import { ImisError } from '../../contract/errors.ts';
import { type Desk, type DeskState, type StationDescription, stationContract } from '../../contract/station.ts';
import { CONDITIONS, MEDICATIONS } from '../../record/catalogue.ts';
import { type CardOfficeDesk, createCardOfficeDesk } from './card-office-desk.ts';
import { type ClinicDesk, createClinicDesk } from './clinic.ts';
import { createEmergencyDesk, type EmergencyDesk } from './emergency.ts';
import { createPharmacyDesk, type PharmacyDesk } from './pharmacy.ts';
import type { DeskPorts } from './ports.ts';
import { createRegistrationDesk, type RegistrationDesk } from './registration.ts';
import { withDigits } from './with-digits.ts';

/** The station, and its end. */
export type Station = Api<typeof stationContract> & { close(): void };

export interface StationOptions {
  readonly desks: readonly DeskPorts[];
  readonly cards: Api<typeof cardServiceContract>;
  readonly source: StationDescription['source'];
  readonly demonstration: boolean;
  /** Pharmacies a doctor may choose from: code and name. */
  readonly pharmacies: (signal: AbortSignal) => Promise<StationDescription['pharmacies']>;
  /** In a demonstration: fingers, and laying one on the scanner. Rejects with NOT_FOUND. */
  readonly laidFingers?:
    | { readonly list: StationDescription['laidFingers'] & {}; lay(id: string): Promise<void> }
    | undefined;
}

/** Creates all desks and starts following their cards. */
export async function createStation(options: StationOptions): Promise<Station> {
  const { cards } = options;
  const topics = createTopics(stationContract);
  const publish = (state: DeskState): void => topics.publish('state', state);
  let registration: RegistrationDesk | undefined;
  let clinic: ClinicDesk | undefined;
  let pharmacy: PharmacyDesk | undefined;
  let emergency: EmergencyDesk | undefined;
  let cardOffice: CardOfficeDesk | undefined;
  for (const ports of options.desks) {
    switch (ports.desk) {
      case 'registration':
        registration = await createRegistrationDesk(ports, publish);
        break;
      case 'clinic':
        clinic = await createClinicDesk(ports, publish);
        break;
      case 'pharmacy':
        pharmacy = await createPharmacyDesk(ports, publish);
        break;
      case 'emergency':
        emergency = await createEmergencyDesk(ports, publish);
        break;
      case 'card-office':
        cardOffice = await createCardOfficeDesk(ports, publish);
        break;
    }
  }
  const first = options.desks[0];
  if (first === undefined) throw new Error('a station without a desk');
  const safetyTable = options.desks.find(({ desk }) => desk === 'clinic')?.safetyTable;
  const stopTray = cards.subscribe.tray((tray) => topics.publish('tray', tray));

  const here = <D>(desk: D | undefined): D => {
    if (desk === undefined) throw new ImisError('STEP_OUT_OF_ORDER', 'this station has no such desk');
    return desk;
  };
  const deskAt = (desk: Desk): RegistrationDesk | ClinicDesk | PharmacyDesk | EmergencyDesk | CardOfficeDesk => {
    switch (desk) {
      case 'registration':
        return here(registration);
      case 'clinic':
        return here(clinic);
      case 'pharmacy':
        return here(pharmacy);
      case 'emergency':
        return here(emergency);
      case 'card-office':
        return here(cardOffice);
    }
  };
  const stateOf = (desk: Desk): DeskState => deskAt(desk).state();
  const staffed = (desk: Desk): RegistrationDesk | PharmacyDesk | CardOfficeDesk => {
    switch (desk) {
      case 'registration':
        return here(registration);
      case 'clinic':
      case 'emergency':
        throw new ImisError('STEP_OUT_OF_ORDER', 'where a doctor signs nobody signs on');
      case 'pharmacy':
        return here(pharmacy);
      case 'card-office':
        return here(cardOffice);
    }
  };
  /** Where the agents of a card are served. */
  const counterAt = (desk: Desk): RegistrationDesk | PharmacyDesk => {
    if (desk !== 'registration' && desk !== 'pharmacy')
      throw new ImisError('STEP_OUT_OF_ORDER', `no agents at the ${desk} desk`);
    return here(desk === 'registration' ? registration : pharmacy);
  };
  /** Where fingers are taken. */
  const fingersAt = (desk: Desk): Pick<EmergencyDesk, 'takeFinger' | 'dropFinger'> => {
    if (desk === 'card-office') return here(cardOffice).fingerprints;
    if (desk === 'emergency') return here(emergency);
    throw new ImisError('STEP_OUT_OF_ORDER', `no fingers at the ${desk} desk`);
  };
  const only = (desk: Desk, wanted: Desk): void => {
    if (desk !== wanted) throw new ImisError('STEP_OUT_OF_ORDER', `not at the ${desk} desk`);
  };

  return {
    subscribe: topics.subscribe,
    describe: async (_input, signal) => ({
      desks: options.desks.map(({ desk }) => desk),
      institutions: options.desks.map(({ desk, terminal }) => ({
        desk,
        code: terminal.institution,
        name: terminal.institutionName,
      })),
      source: options.source,
      demonstration: options.demonstration,
      conditions: [...CONDITIONS],
      medications: [...MEDICATIONS],
      allergens: [...(safetyTable?.allergens.values() ?? [])].map(({ id, zh, en }) => ({ code: id, zh, en })),
      ...(safetyTable === undefined ? {} : { safetyTable: safetyTable.head }),
      pharmacies: await options.pharmacies(signal ?? new AbortController().signal),
      ...(options.laidFingers === undefined ? {} : { laidFingers: options.laidFingers.list }),
    }),
    state: async ({ desk }) => stateOf(desk),
    signOn: ({ desk, pin }, signal) =>
      withDigits([pin], async () => {
        await staffed(desk).signOn(pin, signal);
        return stateOf(desk);
      }),
    signOff: async ({ desk }) => {
      if (desk === 'clinic') await here(clinic).endComfort();
      else staffed(desk).signOff();
      return stateOf(desk);
    },
    checkIn: async ({ desk }, signal) => {
      only(desk, 'registration');
      await here(registration).checkIn(signal);
      return stateOf(desk);
    },
    readNhiCard: async ({ desk }, signal) => {
      only(desk, 'registration');
      await here(registration).readNhiCard(signal);
      return stateOf(desk);
    },
    readVirtualCard: async ({ desk, qr }, signal) => {
      only(desk, 'registration');
      await here(registration).readVirtualCard(qr, signal);
      return stateOf(desk);
    },
    openComfort: ({ desk, pin }, signal) =>
      withDigits([pin], async () => {
        only(desk, 'clinic');
        await here(clinic).openComfort(pin, signal);
        return stateOf(desk);
      }),
    openVisit: ({ desk, pin }, signal) =>
      withDigits(pin === undefined ? [] : [pin], async () => {
        only(desk, 'clinic');
        await here(clinic).openVisit(pin, signal);
        return stateOf(desk);
      }),
    reviewVisit: async ({ desk, draft }) => {
      only(desk, 'clinic');
      here(clinic).reviewVisit(draft);
      return stateOf(desk);
    },
    signVisit: ({ desk, pin, draft }, signal) =>
      withDigits(pin === undefined ? [] : [pin], async () => {
        only(desk, 'clinic');
        await here(clinic).signVisit(pin, draft, signal);
        return stateOf(desk);
      }),
    openIssued: ({ desk, scope, page, pin }, signal) =>
      withDigits(pin === undefined ? [] : [pin], async () => {
        only(desk, 'clinic');
        await here(clinic).issued.open({ scope, page }, pin, signal);
        return stateOf(desk);
      }),
    cancelPrescription: ({ desk, rxId, reason, pin }, signal) =>
      withDigits([pin], async () => {
        only(desk, 'clinic');
        await here(clinic).issued.cancel(rxId, reason, pin, signal);
        return stateOf(desk);
      }),
    lookUp: async ({ desk }, signal) => {
      only(desk, 'pharmacy');
      await here(pharmacy).lookUp(signal);
      return stateOf(desk);
    },
    accept: async ({ desk, rxId, recover }, signal) => {
      only(desk, 'pharmacy');
      await here(pharmacy).accept(rxId, recover, signal);
      return stateOf(desk);
    },
    release: async ({ desk, rxId }, signal) => {
      only(desk, 'pharmacy');
      await here(pharmacy).release(rxId, signal);
      return stateOf(desk);
    },
    dispense: ({ desk, rxId, ...handOut }, signal) =>
      withDigits(handOut.pin === undefined ? [] : [handOut.pin], async () => {
        only(desk, 'pharmacy');
        await here(pharmacy).dispense(rxId, handOut, signal);
        return stateOf(desk);
      }),
    designateHere: ({ desk, rxId, pin }, signal) =>
      withDigits([pin], async () => {
        only(desk, 'pharmacy');
        await here(pharmacy).designateHere(rxId, pin, signal);
        return stateOf(desk);
      }),
    takeBack: async ({ desk, rxId, reason }, signal) => {
      only(desk, 'pharmacy');
      await here(pharmacy).takeBack(rxId, reason, signal);
      return stateOf(desk);
    },
    openWorkList: async ({ desk, page }, signal) => {
      only(desk, 'pharmacy');
      await here(pharmacy).workList.openList(page, signal);
      return stateOf(desk);
    },
    openWorkItem: async ({ desk, rxId }, signal) => {
      only(desk, 'pharmacy');
      await here(pharmacy).workList.openItem(rxId, signal);
      return stateOf(desk);
    },
    readPickupCode: async ({ desk, text }, signal) => {
      only(desk, 'pharmacy');
      await here(pharmacy).readPickupCode(text, signal);
      return stateOf(desk);
    },
    printed: async ({ desk, rxId }) => {
      if (desk === 'clinic') await here(clinic).printed(rxId);
      else {
        only(desk, 'pharmacy');
        await here(pharmacy).printed(rxId);
      }
      return stateOf(desk);
    },
    findCards: async ({ desk, query }, signal) => {
      only(desk, 'card-office');
      await here(cardOffice).find(query, signal);
      return stateOf(desk);
    },
    takeCardStep: async ({ desk, serial, step }, signal) => {
      only(desk, 'card-office');
      await here(cardOffice).takeStep(serial, step, signal);
      return stateOf(desk);
    },
    beginEmergency: async ({ desk, about }, signal) => {
      only(desk, 'emergency');
      await here(emergency).begin(about, signal);
      return stateOf(desk);
    },
    takeFinger: async ({ desk, finger }, signal) => {
      await fingersAt(desk).takeFinger(finger, signal);
      return stateOf(desk);
    },
    dropFinger: async ({ desk, index }) => {
      fingersAt(desk).dropFinger(index);
      return stateOf(desk);
    },
    searchFingers: ({ desk, pin }, signal) =>
      withDigits([pin], async () => {
        only(desk, 'emergency');
        await here(emergency).search(pin, signal);
        return stateOf(desk);
      }),
    moreFingers: async ({ desk }) => {
      only(desk, 'emergency');
      here(emergency).moreFingers();
      return stateOf(desk);
    },
    confirmCandidate: ({ desk, handle, pin }, signal) =>
      withDigits([pin], async () => {
        only(desk, 'emergency');
        await here(emergency).confirm(handle, pin, signal);
        return stateOf(desk);
      }),
    stay: async ({ desk }) => {
      only(desk, 'emergency');
      here(emergency).stay();
      return stateOf(desk);
    },
    openFingerprints: async ({ desk }, signal) => {
      only(desk, 'card-office');
      await here(cardOffice).fingerprints.open(signal);
      return stateOf(desk);
    },
    decideFingerprints: ({ desk, decision, pin, photo }, signal) =>
      withDigits([pin], async () => {
        only(desk, 'card-office');
        await here(cardOffice).fingerprints.decide(decision, pin, photo, signal);
        return stateOf(desk);
      }),
    settleDuplicate: async ({ desk, found }, signal) => {
      only(desk, 'card-office');
      await here(cardOffice).fingerprints.settleDuplicate(found, signal);
      return stateOf(desk);
    },
    layFinger: async ({ id }) => {
      if (options.laidFingers === undefined) throw new ImisError('STEP_OUT_OF_ORDER', 'no fingers to lay');
      await options.laidFingers.lay(id);
      return {};
    },
    eraseWarrant: async ({ desk, serial, reason }, signal) => {
      only(desk, 'card-office');
      await here(cardOffice).eraseWarrant(serial, reason, signal);
      return stateOf(desk);
    },
    settleConflict: async ({ desk, id, note }) => {
      await deskAt(desk).settleConflict(id, note);
      return stateOf(desk);
    },
    openPinService: async ({ desk, work }) => {
      deskAt(desk).openPinService(work);
      return stateOf(desk);
    },
    changePin: ({ desk, card, pin, next, again }, signal) =>
      withDigits([pin, next, again], async () => {
        await deskAt(desk).pins.perform('change', card, { given: pin, next, again }, signal);
        return stateOf(desk);
      }),
    unblockPin: ({ desk, card, puk, next, again }, signal) =>
      withDigits([puk, next, again], async () => {
        await deskAt(desk).pins.perform('unblock', card, { given: puk, next, again }, signal);
        return stateOf(desk);
      }),
    openAgentService: async ({ desk }, signal) => {
      await counterAt(desk).agents.open(signal);
      return stateOf(desk);
    },
    beginAgent: ({ desk, pin }, signal) =>
      withDigits([pin], async () => {
        await counterAt(desk).agents.begin(pin, signal);
        return stateOf(desk);
      }),
    proposeAgent: async ({ desk, scope }) => {
      await counterAt(desk).agents.propose(scope);
      return stateOf(desk);
    },
    consentAgent: ({ desk, pin }, signal) =>
      withDigits([pin], async () => {
        await counterAt(desk).agents.consent(pin, signal);
        return stateOf(desk);
      }),
    acceptAgent: ({ desk, pin, next, again }, signal) =>
      withDigits([pin, next, again], async () => {
        await counterAt(desk).agents.accept({ given: pin, next, again }, signal);
        return stateOf(desk);
      }),
    collectAsAgent: ({ desk, serial, pin, own }, signal) =>
      withDigits(own === undefined ? [pin] : [pin, own], async () => {
        only(desk, 'pharmacy');
        await here(pharmacy).collectAsAgent(serial, { pin, ...(own === undefined ? {} : { own }) }, signal);
        return stateOf(desk);
      }),
    withdrawAgent: ({ desk, serial, pin }, signal) =>
      withDigits([pin], async () => {
        await counterAt(desk).agents.withdraw(serial, pin, signal);
        return stateOf(desk);
      }),
    clear: async ({ desk }) => {
      deskAt(desk).clear();
      return stateOf(desk);
    },
    tray: () => cards.tray({}),
    trayInsert: async (input) => {
      await cards.trayInsert(input);
      return {};
    },
    trayRemove: async (input) => {
      await cards.trayRemove(input);
      return {};
    },
    close: () => {
      stopTray();
      registration?.close();
      clinic?.close();
      pharmacy?.close();
      emergency?.close();
      cardOffice?.close();
    },
  };
}
