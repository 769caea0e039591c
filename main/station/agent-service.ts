/**
 * The agents of a patient's card at a desk: listed, named (eq 5), taken back. Two people with one reader between them: the agent's card signs its
 * consent while the patient's is out, then the patient's comes in again. While it is open no desk begins to work with a card by itself.
 * @module
 */
import { AGENT_DAYS, type AgentScope, type AgentServiceView } from '../../contract/agent-service.ts';
import type { WarrantErasure } from '../../contract/agents.ts';
import { dayAfter, dayOf, instantOf } from '../../contract/calendar.ts';
import { ImisError } from '../../contract/errors.ts';
import type { PinDigits } from '../../contract/formats.ts';
import { hex } from '../../crypto/common/bytes.ts';
import type { Certificate } from '../../crypto/pki/parse-certificate.ts';
import { keyIdentifier } from '../../crypto/pki/public-key.ts';
import { isTwoParty } from '../../crypto/proxysig/warrant.ts';
import { type AgentPins, agentBeside } from './agent-beside.ts';
import { type AgentConsented, consentOfAgent, forgetConsent } from './agent-consents.ts';
import type { IdentifiedAgent } from './agent-counter.ts';
import { giveTime } from './agent-counter.ts';
import { collectable, namedIn, readWarrants, showWarrant } from './agent-warrants.ts';
import { delegateOnCard, requestApproval, warrantOf } from './delegate.ts';
import { delegateToCard, wantsTwoCards } from './delegate-two-cards.ts';
import { type DeskCore, refuse } from './desk-core.ts';
import { healthCardOf, isStill, type Stay } from './health-cards.ts';
import { trustPatient } from './material.ts';
import { cardSigner, signForBureau } from './messages.ts';
import { mustBeGood } from './pin-service.ts';
import { sendErasure } from './send-erasure.ts';
import { requireOperator, requireToken } from './sign-on.ts';

/** How long it stays open when nobody does anything, ms. */
const IDLE_MS = 180_000;
const PROXY_SLOTS = [0x11, 0x12, 0x13, 0x14] as const;

export interface AgentService {
  /** Throws STEP_OUT_OF_ORDER while the desk is at work. Reads the card when there is one. */
  open(signal?: AbortSignal): Promise<void>;
  /** These show how they went in the state; STEP_OUT_OF_ORDER where the service does not stand where they belong. */
  begin(pin: PinDigits, signal?: AbortSignal): Promise<void>;
  propose(scope: AgentScope): Promise<void>;
  consent(pin: PinDigits, signal?: AbortSignal): Promise<void>;
  /** `given` is the holder's PIN, the others what the agent chose. Whoever called wipes them. */
  accept(pins: { given: PinDigits; next: PinDigits; again: PinDigits }, signal?: AbortSignal): Promise<void>;
  /**
   * The agent's PIN, and that of the agent's own card where the warrant wants it; closes the service and answers with which warrant, or undefined
   * when it was refused.
   */
  identify(serial: string, pins: AgentPins, signal?: AbortSignal): Promise<IdentifiedAgent | undefined>;
  withdraw(serial: string, pin: PinDigits, signal?: AbortSignal): Promise<void>;
  close(): void;
}

/** A delegation under way: whose card it began with, and what the agent has said, with the card that said it. */
interface UnderWay {
  readonly holder: Certificate;
  readonly scope: AgentScope;
  readonly consented?: AgentConsented;
}

const wrongStep = (): ImisError => new ImisError('STEP_OUT_OF_ORDER', 'the agents of this card stand elsewhere');

/** Of one desk, closed to begin with. `delegates`: agents can be named here, and slots emptied; elsewhere they are listed and taken back. */
export function createAgentService(core: DeskCore, { delegates }: { readonly delegates: boolean }): AgentService {
  const { cards, clock, later, terminal } = core.ports;
  let callOff: (() => void) | undefined;
  let underWay: UnderWay | undefined;
  /** Whose card is in the reader while its holder chooses. */
  let chooser: Certificate | undefined;
  /** The card that is served: another one beside it is not. */
  let subject: Stay | undefined;
  /** Serial numbers of what was taken back at this desk: its list of erased warrants may be some minutes old. */
  const takenBack = new Set<string>();

  const forget = (): void => {
    forgetConsent(underWay?.consented);
    underWay = undefined;
  };
  const show = (view: AgentServiceView | undefined): void => {
    callOff?.();
    callOff = view === undefined ? undefined : later(IDLE_MS, () => close());
    core.setAgentService(view);
  };
  const close = (): void => {
    forget();
    chooser = undefined;
    subject = undefined;
    show(undefined);
  };

  /** The card in the reader and whose it is, up to date. */
  const cardHere = async (signal: AbortSignal) => {
    // One that failed at its orders has been recognised anew since.
    core.cardOf('patient');
    await core.ordersDelivered();
    if (subject === undefined || !isStill(core, subject)) subject = core.cardOf('patient');
    const { slot } = subject;
    const material = await core.material(signal);
    const { signing } = await cards.patientCertificates({ slot }, signal);
    return { slot, material, certificate: trustPatient(material, signing, clock.now(), 'patient-signing') };
  };
  /** The holder's card once more, up to date and trusted. CARD_OTHER_PERSON. */
  const holdersCard = async (holder: Certificate, signal: AbortSignal) => {
    core.cardOf('patient');
    await core.ordersDelivered();
    const { slot, certificate } = await healthCardOf(core, holder, signal);
    const material = await core.material(signal);
    trustPatient(material, certificate.der, clock.now(), 'patient-signing');
    return { slot, certificate, material };
  };

  const list = async (signal: AbortSignal): Promise<AgentServiceView & { state: 'listed' }> => {
    // Who signed on off line has none, and the bureau is not asked.
    const { token } = requireOperator(core);
    const { slot, material } = await cardHere(signal);
    const held = await readWarrants(cards, slot, signal);
    const shown = await Promise.all(held.map((one) => showWarrant(core.ports, material, one, token, signal)));
    const agents = shown.map((one) => (takenBack.has(one.serial) ? { ...one, state: 'erased' as const } : one));
    const isAway = token === undefined || !core.common().bureau.online;
    return {
      state: 'listed',
      agents,
      canAdd: delegates && held.length < PROXY_SLOTS.length,
      ...(isAway ? { listFrom: instantOf(material.erased.issued * 1000) } : {}),
    };
  };

  /** Runs one step; a refusal is shown beside what was there before it. */
  const step = async (
    what: string,
    before: AgentServiceView,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<AgentServiceView>,
  ): Promise<void> => {
    try {
      const next = await core.alone(signal, work);
      // Cleared meanwhile: nothing of these people comes back.
      if (core.agentService() !== undefined) show(next);
    } catch (cause) {
      const refusal = refuse(core, what, cause);
      if (core.agentService() !== undefined && before.state !== 'made') show({ ...before, refusal });
    }
  };
  const standing = <S extends AgentServiceView['state']>(state: S): AgentServiceView & { state: S } => {
    const view = core.agentService();
    core.mustRest();
    if (view?.state !== state) throw wrongStep();
    // `state` is the discriminant, compared just above.
    return view as AgentServiceView & { state: S };
  };
  const listAgain = (signal?: AbortSignal): Promise<void> => step('agents', { state: 'waiting' }, signal, list);

  // What one card says is not to be read by the holder of the next.
  core.onSlots((slots) => {
    const view = core.agentService();
    if (view === undefined || core.busy()) return;
    const isHere = slots.some(({ state, kind }) => state === 'ready' && kind === 'patient');
    const isServed = subject !== undefined && isStill(core, subject);
    if ((view.state === 'listed' || view.state === 'choosing') && !isServed) {
      chooser = undefined;
      subject = undefined;
      show({ state: 'waiting' });
    } else if (view.state === 'waiting' && isHere) void listAgain();
  });

  const erase = async (serial: string, pin: PinDigits, signal: AbortSignal): Promise<AgentServiceView> => {
    const { slot, material, certificate } = await cardHere(signal);
    await cards.patientVerifyPin({ slot, pin }, signal);
    const payload: WarrantErasure = {
      type: 'warrant-erasure',
      version: 1,
      institution: terminal.institution,
      keyId: hex(keyIdentifier(certificate.spki)),
      serial,
      at: instantOf(clock.now()),
    };
    const signer = cardSigner(certificate.der, (attributes, now) => cards.patientSign({ slot, attributes }, now));
    const patient = { pid: hex(certificate.pid ?? new Uint8Array(0)), certificate: certificate.der };
    const message = await signForBureau(core.ports, material, signer, { type: payload.type, patient }, payload, signal);
    await sendErasure(core.ports, material, message, signal);
    takenBack.add(serial);
    // Elsewhere the bureau's order empties the slot when the card comes in next.
    const held = (await readWarrants(cards, slot, signal)).find((one) => one.serial === serial);
    if (delegates && held !== undefined) await cards.patientEraseProxy({ slot, proxySlot: held.proxySlot }, signal);
    return list(signal);
  };

  return {
    open: async (signal) => {
      core.mustRest();
      requireOperator(core);
      show({ state: 'waiting' });
      const isHere = core.common().slots.some(({ state, kind }) => state === 'ready' && kind === 'patient');
      if (isHere) await listAgain(signal);
    },
    begin: async (pin, signal) => {
      const view = standing('listed');
      if (!view.canAdd) throw wrongStep();
      await step('name agent', view, signal, async (running) => {
        const { slot, certificate } = await cardHere(running);
        await cards.patientVerifyPin({ slot, pin }, running);
        const prescriptions = collectable(await cards.patientPrescriptions({ slot }, running), clock.now());
        chooser = certificate;
        return { state: 'choosing', prescriptions, latest: dayAfter(clock.now(), AGENT_DAYS) };
      });
    },
    propose: async (scope) => {
      const view = standing('choosing');
      const holder = chooser;
      if (holder === undefined) throw wrongStep();
      await step('propose agent', view, undefined, async (running) => {
        namedIn(scope, await core.material(running));
        const isControlled = view.prescriptions.some(
          ({ rxId, controlled }) => controlled === true && scope.prescriptions.includes(rxId),
        );
        if (isControlled && !wantsTwoCards(scope))
          throw new ImisError('CONTROLLED_NEEDS_BOTH', 'a controlled drug in a scope of one card');
        if (scope.until < dayOf(clock.now())) throw new ImisError('WARRANT_EXPIRED', 'a last day that is over');
        if (scope.until > view.latest) throw new ImisError('WARRANT_UNAPPROVED', 'longer than the bureau approves');
        forget();
        underWay = { holder, scope };
        return { state: 'consenting', scope };
      });
    },
    consent: async (pin, signal) => {
      const view = standing('consenting');
      const begun = underWay;
      if (begun === undefined) throw wrongStep();
      await step('agent consents', view, signal, async (running) => {
        const consented = await consentOfAgent(core, begun, pin, running);
        if (underWay !== begun) {
          // Cleared meanwhile: the key goes with the people.
          forgetConsent(consented);
          throw new ImisError('CANCELLED', 'the desk was cleared');
        }
        underWay = { ...begun, consented };
        return { state: 'accepting', scope: begun.scope };
      });
    },
    accept: async ({ given, next, again }, signal) => {
      const view = standing('accepting');
      const begun = underWay;
      const consented = begun?.consented;
      if (begun === undefined || consented === undefined) throw wrongStep();
      if (consented.key === 'own' && !isStill(core, consented.card)) {
        // With the card went its PIN: the agent consents again.
        forget();
        underWay = { holder: begun.holder, scope: begun.scope };
        const cause = new ImisError('AGENT_CARD_ABSENT', 'the agent’s card has left');
        show({ state: 'consenting', scope: begun.scope, refusal: refuse(core, 'agent accepts', cause) });
        return;
      }
      await step('agent accepts', view, signal, async (running) => {
        const token = requireToken(core);
        mustBeGood({ given, next, again });
        const { slot, material, certificate } = await holdersCard(begun.holder, running);
        const held = await readWarrants(cards, slot, running);
        const proxySlot = PROXY_SLOTS.find((one) => held.every((other) => other.proxySlot !== one));
        if (proxySlot === undefined) throw new ImisError('CARD_FULL', 'every place for an agent is taken');
        await cards.patientVerifyPin({ slot, pin: given }, running);
        const { consent, spki } = consented;
        const asked = { consent, until: begun.scope.until, operator: token };
        const holder = { slot, proxySlot, certificate };
        const approval = await requestApproval(core.ports, material, holder, asked, running);
        const warrant = warrantOf(core.ports, material, certificate, spki, approval, begun.scope);
        await giveTime(core.ports, material, slot, running);
        if (consented.key === 'made') {
          await delegateOnCard(core.ports, holder, consented, warrant, next, running);
        } else {
          const { card } = consented;
          await giveTime(core.ports, material, card.slot, running);
          await delegateToCard(core.ports, holder, card, warrant, next, running);
        }
        forget();
        const { serial, maskedName: name } = approval;
        return { state: 'made', agent: { serial, name, scope: begun.scope, state: 'in-force' } };
      });
    },
    identify: async (serial, { pin, own }, signal) => {
      const view = standing('listed');
      const agent = view.agents.find((one) => one.serial === serial);
      if (agent === undefined) throw wrongStep();
      let found: IdentifiedAgent | undefined;
      await step('agent collects', view, signal, async (running) => {
        const { slot, material } = await cardHere(running);
        const held = (await readWarrants(cards, slot, running)).find((one) => one.serial === serial);
        if (held === undefined) throw new ImisError('CARD_WARRANT_REFUSED', 'the card has forgotten this warrant');
        if (takenBack.has(serial)) throw new ImisError('WARRANT_ERASED', 'taken back at this very desk');
        await giveTime(core.ports, material, slot, running);
        const beside = isTwoParty(held.omega)
          ? await agentBeside(core, held, { slot, material, own }, running)
          : undefined;
        await cards.patientVerifyAgentPin({ slot, proxySlot: held.proxySlot, pin }, running);
        found = { held, agent, slot, ...(beside === undefined ? {} : { beside }) };
        return view;
      });
      if (found !== undefined) close();
      return found;
    },
    withdraw: async (serial, pin, signal) => {
      const view = standing('listed');
      if (!view.agents.some((one) => one.serial === serial)) throw wrongStep();
      await step('withdraw agent', view, signal, (running) => erase(serial, pin, running));
    },
    close,
  };
}
