/**
 * Looking up at the pharmacy (eq 16): the prescriptions of the card that is in, fetched, opened and verified, each with where it stands or with
 * the reason why not.
 * @module
 */
import { dayOf, instantOf } from '../../contract/calendar.ts';
import type { PrescriptionOnCard } from '../../contract/card-service.ts';
import { ImisError } from '../../contract/errors.ts';
import type { PharmacyFlow, PrescriptionView } from '../../contract/pharmacy-desk.ts';
import type { Stage } from '../../contract/stage.ts';
import { hex } from '../../crypto/common/bytes.ts';
import type { Certificate } from '../../crypto/pki/parse-certificate.ts';
import { encodeTimeToken } from '../../crypto/proxysig/bureau-token.ts';
import { type IdentifiedAgent, namedRecords, shownAgent } from './agent-counter.ts';
import { type DeskCore, refuse } from './desk-core.ts';
import type { DeskScreen } from './desk-screen.ts';
import type { DeskGroup } from './doctor-signer.ts';
import { healthCardIn, stayName } from './health-cards.ts';
import { MAX_SKEW_MS, type TrustedMaterial, trustPatient } from './material.ts';
import type { PharmacyCounter } from './pharmacy-counter.ts';
import type { SignedPickup } from './pharmacy-signing.ts';
import { type VerifiedPrescription, verifyPrescription } from './pharmacy-verifying.ts';
import { type FoundPrescription, findPrescriptions } from './prescription-sources.ts';
import { partOf, standingView, unverifiedView } from './prescription-view.ts';
import { settleOpenSet } from './settle-set.ts';
import { requireOperator } from './sign-on.ts';
import { createStages } from './stages.ts';

/** What the desk lends. */
export interface LookUpParts {
  readonly core: DeskCore;
  readonly screen: DeskScreen<PharmacyFlow>;
  readonly counter: PharmacyCounter;
  readonly groupOf: (material: TrustedMaterial) => Promise<DeskGroup>;
  /** Told which stay of a card is looked up, and of when the material is that it is verified with. */
  readonly serves: (stay: string) => void;
  readonly verifiesWith: (materialFrom: string) => void;
  readonly follow: () => void;
}

/** Lists what the card in the reader holds, or what the warrant of an agent names of it. What is refused stands on the screen. */
export type LookUp = (signal?: AbortSignal, agent?: IdentifiedAgent) => Promise<void>;

/** Creates it on the desk's own screen. */
export function createLookUp({ core, screen, counter, groupOf, serves, verifiesWith, follow }: LookUpParts): LookUp {
  const { ports } = core;
  const { cards, outbox, terminal, clock } = ports;
  const { begun, locks } = counter;

  /** One prescription of the card: fetched, opened, verified; or shown with the reason why not. */
  const examine = async (
    record: PrescriptionOnCard,
    { item, standing, source }: FoundPrescription,
    context: {
      material: TrustedMaterial;
      group: DeskGroup;
      certificate: Certificate;
      verified: Map<string, VerifiedPrescription>;
    },
    signal: AbortSignal,
  ): Promise<PrescriptionView> => {
    const begunPart = begun.get(record.rxId)?.part;
    const view = unverifiedView(record, begunPart ?? partOf(record), source);
    const holdsLock = locks.has(record.rxId);
    try {
      if (record.pharmacy !== terminal.institution)
        throw new ImisError('RX_OTHER_PHARMACY', 'designated to another pharmacy');
      if (item instanceof ImisError) throw item;
      const known = { begunPart, holdsLock, today: dayOf(clock.now()) };
      if (item === undefined) return standingView(view, record, standing, known);
      const { material, group, certificate, verified } = context;
      const prescription = await verifyPrescription(ports, material, group, item, certificate, signal);
      if (hex(prescription.rxHash).slice(0, 32) !== record.hash16)
        throw new ImisError('RX_ALTERED', 'the card holds another signature');
      verified.set(record.rxId, prescription);
      return standingView({ ...view, lines: [...prescription.lines] }, record, standing, known);
    } catch (cause) {
      signal.throwIfAborted();
      return {
        ...view,
        state: record.status === 'collected' ? 'collected' : 'refused',
        refusal: refuse(core, 'verify prescription', cause),
      };
    }
  };

  /** The card has the bureau's newest time from here on. TIME_SKEW when this desk's clock is behind what it, or the card, has seen. */
  const tellTime = async (material: TrustedMaterial, slot: string, signal: AbortSignal): Promise<void> => {
    const { time } = await cards.patientTime({ slot, token: encodeTimeToken(material.timeToken) }, signal);
    if (Math.max(material.fetchedAt, time * 1000) > clock.now() + MAX_SKEW_MS)
      throw new ImisError('TIME_SKEW', 'this desk’s clock is behind a time that the bureau has signed');
  };

  return async (signal, agent) => {
    core.mustRest();
    const show = screen.showing();
    let stages: Stage[] = [];
    const list = createStages(clock.now, (all) => {
      stages = all;
      show({ step: 'working', task: 'looking-up', stages });
    });
    try {
      await core.alone(signal, async (running) => {
        counter.set(undefined);
        show({ step: 'working', task: 'looking-up', stages });
        const { slot, insertion } = agent === undefined ? core.cardOf('patient') : healthCardIn(core, agent.slot);
        serves(stayName({ slot, insertion }));
        await core.ordersDelivered();
        const { token } = requireOperator(core);
        // The bureau should know what was handed out before it says what is left.
        if (token !== undefined && core.common().bureau.waiting > 0) await outbox.flush(token, running);
        const material = await core.material(running);
        verifiesWith(instantOf(material.fetchedAt));
        const group = await groupOf(material);
        const { certificate, records } = await list.run('read-card', '', async () => {
          await tellTime(material, slot, running);
          const { signing } = await cards.patientCertificates({ slot }, running);
          const trusted = trustPatient(material, signing, clock.now(), 'patient-signing');
          await settleOpenSet(ports, slot, { aboutToWrite: false }, running);
          const all = await cards.patientPrescriptions({ slot }, running);
          const known = all.filter((record) => record.status !== 'cancelled');
          const mine = { ports, material, certificate: trusted };
          return { certificate: trusted, records: agent === undefined ? known : namedRecords(mine, agent, known) };
        });
        const fetched = await list.run('fetch-prescription', '10', () => {
          const sentHere = records.filter(({ pharmacy }) => pharmacy === terminal.institution);
          return findPrescriptions(ports, sentHere, { slot, token, begun }, running);
        });
        const owing = new Map<string, SignedPickup>();
        for (const [rxId, { standing }] of fetched)
          if (standing?.newest !== undefined && standing.owed.length > 0) owing.set(rxId, standing.newest);
        const verified = new Map<string, VerifiedPrescription>();
        const views = await list.run('verify-prescription', '16', async () => {
          const context = { material, group, certificate, verified };
          return Promise.all(
            records.map((record) => {
              const item = new ImisError('RX_NOT_FOUND', 'not in the inbox');
              const none = { source: 'bureau', item, standing: undefined } as const;
              return examine(record, fetched.get(record.rxId) ?? none, context, running);
            }),
          );
        });
        if (show({ step: 'listed', prescriptions: views, stages: list.all(), ...shownAgent(agent) })) {
          const byId = new Map(records.map((record) => [record.rxId, record]));
          counter.set({ certificate, verified, views, records: byId, owing, agent });
        }
      });
    } catch (cause) {
      show({ step: 'refused', refusal: refuse(core, 'look-up', cause), stages });
    }
    follow();
  };
}
