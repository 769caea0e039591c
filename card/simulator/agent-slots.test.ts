import { describe, expect, it } from 'vitest';
import { bcdOf } from '../../crypto/common/bcd.ts';
import { concat } from '../../crypto/common/bytes.ts';
import { isSignedBy, newPrivateKey, signMessage } from '../../crypto/pki/p256-key.ts';
import { encodeOrder, orderBody } from '../../crypto/proxysig/bureau-order.ts';
import { timeBody } from '../../crypto/proxysig/bureau-token.ts';
import { accept, deriveProxyKey, offerStatement } from '../../crypto/proxysig/delegation.ts';
import { compressPoint, pointBytes } from '../../crypto/proxysig/p256-group.ts';
import { decodePickup } from '../../crypto/proxysig/pickup-object.ts';
import { verifyProxySignature } from '../../crypto/proxysig/proxy-signature.ts';
import { sealContribution } from '../../crypto/proxysig/sealed-contribution.ts';
import { decodeWarrant, delegationHash, encodeWarrant, type Warrant } from '../../crypto/proxysig/warrant.ts';
import {
  AGENT_PIN,
  type Agent,
  atRegistration,
  bureau,
  issued,
  newAgent,
  prescribe,
  SLOT,
  START,
  warrantOf,
} from './agents.fixture.ts';
import { atPharmacy, bytes, PHARMACY_CODE, PID, PUK, pin, refusalOf, reinsert } from './cards.fixture.ts';

/** The agent's answer to an offer. */
function answerTo(
  offer: { readonly rP: Uint8Array; readonly x: Uint8Array },
  signing: Uint8Array,
  agent: Agent,
  omega: Uint8Array,
  digits = AGENT_PIN,
) {
  const [patientKey = bytes(33), agentKey = bytes(33)] = [compressPoint(signing), compressPoint(agent.point)];
  const { rA, sA } = accept({ patientKey, agentKey, omega, rP: offer.rP }, agent.secret);
  const sealed = sealContribution({ sA, pinBlock: pin(digits) }, { omega, rP: offer.rP, rA, x: offer.x });
  return { rA, sealed, delegation: { patientKey, agentKey, omega, rP: offer.rP, rA } };
}

/** A card with one agent in its slot. */
async function delegated(changes: Partial<Warrant> = {}) {
  const { card, signing } = await issued();
  const agent = newAgent();
  const omega = encodeWarrant(warrantOf(signing, agent, changes));
  const desk = await atRegistration(card);
  await desk.verifyPin(pin());
  const offer = await desk.proxyOffer(SLOT, agent.point, omega);
  expect(isSignedBy(signing, offerStatement(omega, offer.rP, offer.x), offer.signature)).toBe(true);
  const { rA, sealed, delegation } = answerTo(offer, signing, agent, omega);
  const key = await desk.proxyAccept(SLOT, rA, sealed);
  const derived = deriveProxyKey(delegation);
  if (derived === undefined) throw new Error('no key');
  expect(pointBytes(derived)).toEqual(key);
  return { card, signing, agent, omega, delegation, derived };
}

describe('an agent', () => {
  it('collects with the own PIN, and the signature holds under the key that anybody derives', async () => {
    const { card, delegation, derived, omega } = await delegated();
    const request = await prescribe(card);
    const pharmacy = await atPharmacy(reinsert(card));
    expect(await refusalOf(pharmacy.proxySign(SLOT, request()))).toBe('PIN_REQUIRED');
    await pharmacy.verifyAgentPin(SLOT, pin(AGENT_PIN));
    const wanted = request();
    const made = await pharmacy.proxySign(SLOT, wanted);
    const W = delegationHash(omega, delegation.rP, delegation.rA);
    expect(verifyProxySignature(derived, W, made.pu, made.signature)).toBe(true);
    expect(decodePickup(made.pu)).toMatchObject({ mode: 'agent', warrant: W, pid: PID, part: 1 });
    expect(await pharmacy.proxySign(SLOT, wanted)).toEqual(made);
    expect(await refusalOf(pharmacy.proxySign(SLOT, request()))).toBe('CARD_ALREADY_USED');
    // Used twice, the warrant is used up.
    await pharmacy.proxySign(SLOT, request(2));
    expect(await refusalOf(pharmacy.proxySign(SLOT, request(3)))).toBe('CARD_WARRANT_REFUSED');
    // The patient still collects.
    expect((await pharmacy.consume(request(3))).partsLeft).toBe(0);
    expect(await pharmacy.readWarrants()).toMatchObject([{ slot: SLOT, omega }]);
  });

  it('is nobody without a warrant: an empty slot, or no slot', async () => {
    const { card } = await issued();
    const request = await prescribe(card);
    const pharmacy = await atPharmacy(reinsert(card));
    expect(await refusalOf(pharmacy.verifyAgentPin(SLOT, pin(AGENT_PIN)))).toBe('CARD_RECORD_NOT_FOUND');
    expect(await refusalOf(pharmacy.proxySign(SLOT, request()))).toBe('CARD_WARRANT_REFUSED');
    expect(await refusalOf(pharmacy.proxySign(0x15, request()))).toBe('CARD_WARRANT_REFUSED');
  });

  it('collects nothing outside the warrant: another pharmacy, prescription, time, a controlled drug', async () => {
    const rxId = bytes(16);
    const cases: readonly [string, Partial<Warrant>, Parameters<typeof prescribe>[1], number][] = [
      ['another pharmacy', { pharmacies: [bcdOf('5901099999')] }, {}, 0],
      ['another prescription', { prescriptions: [bytes(16)] }, { rxId }, 0],
      ['over', { notAfter: START + 86_400 }, {}, START + 86_401],
      ['not begun', { notBefore: START + 86_400 * 2 }, {}, 0],
      ['controlled', {}, { controlled: true }, 0],
    ];
    for (const [name, changes, prescription, time] of cases) {
      const { card } = await delegated(changes);
      const request = await prescribe(card, prescription);
      const pharmacy = await atPharmacy(reinsert(card));
      if (time > 0) await pharmacy.putTimeToken({ time, signature: signMessage(bureau, timeBody(time)) });
      await pharmacy.verifyAgentPin(SLOT, pin(AGENT_PIN));
      expect([name, await refusalOf(pharmacy.proxySign(SLOT, request()))]).toEqual([name, 'CARD_WARRANT_REFUSED']);
    }
    const { card } = await delegated({ pharmacies: [bcdOf(PHARMACY_CODE)], prescriptions: [rxId] });
    const request = await prescribe(card, { rxId });
    const pharmacy = await atPharmacy(reinsert(card));
    await pharmacy.verifyAgentPin(SLOT, pin(AGENT_PIN));
    await pharmacy.proxySign(SLOT, request());
  });

  it('has a PIN of its own: three tries, no PUK, and it opens nothing of the holder’s', async () => {
    const { card } = await delegated();
    const request = await prescribe(card, { controlled: true });
    const pharmacy = await atPharmacy(reinsert(card));
    await pharmacy.verifyAgentPin(SLOT, pin(AGENT_PIN));
    expect(await refusalOf(pharmacy.consume(request()))).toBe('PIN_REQUIRED');
    for (const left of [2, 1]) {
      expect(await refusalOf(pharmacy.verifyAgentPin(SLOT, pin('000000')))).toEqual(['PIN_WRONG', left]);
      expect(await refusalOf(pharmacy.proxySign(SLOT, request()))).toBe('PIN_REQUIRED');
    }
    expect(await refusalOf(pharmacy.verifyAgentPin(SLOT, pin('000000')))).toEqual(['PIN_BLOCKED', 0]);
    expect(await refusalOf(pharmacy.verifyAgentPin(SLOT, pin(AGENT_PIN)))).toBe('PIN_BLOCKED');
    // The holder's PIN and the PUK do not help; they stay as they were.
    await pharmacy.unblockPin(pin(PUK), pin());
    expect(await refusalOf(pharmacy.verifyAgentPin(SLOT, pin(AGENT_PIN)))).toBe('PIN_BLOCKED');
    await pharmacy.verifyPin(pin());
  });
});

describe('delegating', () => {
  it('needs the holder’s PIN, the bureau’s approval for these two people, and a free slot', async () => {
    const { card, signing } = await issued();
    const agent = newAgent();
    const omega = encodeWarrant(warrantOf(signing, agent));
    const desk = await atRegistration(card);
    expect(await refusalOf(desk.proxyOffer(SLOT, agent.point, omega))).toBe('PIN_REQUIRED');
    await desk.verifyPin(pin());
    const offered = (changes: Partial<Warrant>, signer = bureau, point = agent.point): Promise<unknown> =>
      refusalOf(desk.proxyOffer(SLOT, point, encodeWarrant(warrantOf(signing, agent, changes, signer))));
    expect(await offered({}, newPrivateKey(bytes))).toBe('CARD_WARRANT_REFUSED');
    expect(await offered({ notAfter: START + 86_400 * 61 })).toBe('CARD_WARRANT_REFUSED');
    expect(await offered({ notBefore: START - 20, notAfter: START - 10 })).toBe('CARD_WARRANT_REFUSED');
    expect(await offered({ pid: bytes(16) })).toBe('CARD_REFUSED');
    expect(await offered({ patientKeyHash: bytes(32) })).toBe('CARD_REFUSED');
    expect(await offered({}, bureau, newAgent().point)).toBe('CARD_REFUSED');
    expect(await refusalOf(desk.proxyOffer(SLOT, agent.point, omega.slice(1)))).toBe('CARD_REFUSED');
    expect(await refusalOf(desk.proxyOffer(SLOT, bytes(65), omega))).toBe('CARD_REFUSED');
    expect(await refusalOf((await atPharmacy(reinsert(card))).proxyOffer(SLOT, agent.point, omega))).toBe(
      'CARD_ROLE_REFUSED',
    );
    const taken = await delegated();
    const again = await atRegistration(taken.card);
    await again.verifyPin(pin());
    expect(await refusalOf(again.proxyOffer(SLOT, taken.agent.point, taken.omega))).toBe('CARD_ALREADY_USED');
  });

  it('takes an answer once, to the open offer, sealed to it; a reset forgets the offer', async () => {
    const { card, signing } = await issued();
    const agent = newAgent();
    const omega = encodeWarrant(warrantOf(signing, agent));
    const desk = await atRegistration(card);
    await desk.verifyPin(pin());
    const first = await desk.proxyOffer(SLOT, agent.point, omega);
    const late = answerTo(first, signing, agent, omega);
    const second = await desk.proxyOffer(SLOT, agent.point, omega);
    expect(await refusalOf(desk.proxyAccept(SLOT, late.rA, late.sealed))).toBe('CARD_REFUSED');
    // A wrong answer spends the offer.
    const good = answerTo(second, signing, agent, omega);
    expect(await refusalOf(desk.proxyAccept(SLOT, good.rA, good.sealed))).toBe('CARD_REFUSED');
    const third = await desk.proxyOffer(SLOT, agent.point, omega);
    const weak = answerTo(third, signing, agent, omega, '1234');
    expect(await refusalOf(desk.proxyAccept(SLOT, weak.rA, weak.sealed))).toBe('CARD_REFUSED');
    const fourth = await desk.proxyOffer(SLOT, agent.point, omega);
    const answer = answerTo(fourth, signing, agent, omega);
    const later = await atRegistration(card);
    expect(await refusalOf(later.proxyAccept(SLOT, answer.rA, answer.sealed))).toBe('CARD_REFUSED');
    expect(await later.readWarrants()).toEqual([]);
  });

  it('refuses another agent’s answer to an offer', async () => {
    const { card, signing } = await issued();
    const agent = newAgent();
    const omega = encodeWarrant(warrantOf(signing, agent));
    const desk = await atRegistration(card);
    await desk.verifyPin(pin());
    const offer = await desk.proxyOffer(SLOT, agent.point, omega);
    const thief = answerTo(offer, signing, { ...newAgent(), point: agent.point }, omega);
    expect(await refusalOf(desk.proxyAccept(SLOT, thief.rA, thief.sealed))).toBe('CARD_REFUSED');
  });

  it('is taken back with the holder’s PIN: key, PIN and warrant are gone', async () => {
    const { card } = await delegated();
    const desk = await atRegistration(card);
    expect(await refusalOf(desk.proxyErase(SLOT))).toBe('PIN_REQUIRED');
    await desk.verifyPin(pin());
    await desk.proxyErase(SLOT);
    expect(await refusalOf(desk.proxyErase(SLOT))).toBe('CARD_RECORD_NOT_FOUND');
    expect(await desk.readWarrants()).toEqual([]);
    const request = await prescribe(card);
    const pharmacy = await atPharmacy(reinsert(card));
    expect(await refusalOf(pharmacy.verifyAgentPin(SLOT, pin(AGENT_PIN)))).toBe('CARD_RECORD_NOT_FOUND');
    expect(await refusalOf(pharmacy.proxySign(SLOT, request()))).toBe('CARD_WARRANT_REFUSED');
  });

  it('is erased by the bureau’s order', async () => {
    const { card, omega } = await delegated();
    const pharmacy = await atPharmacy(reinsert(card));
    const { serial } = decodeWarrant(omega);
    const order = {
      card: pharmacy.certificate.holder,
      number: 1,
      contents: { kind: 'erase-warrant', serial },
    } as const;
    expect(await pharmacy.giveOrder(encodeOrder(order, signMessage(bureau, orderBody(order))))).toBe(true);
    expect(await pharmacy.readWarrants()).toEqual([]);
    expect(await refusalOf(pharmacy.verifyAgentPin(SLOT, pin(AGENT_PIN)))).toBe('CARD_RECORD_NOT_FOUND');
  });

  it('is signed off by a block, also where it is undone in the same stay', async () => {
    const { card } = await delegated();
    const request = await prescribe(card);
    const pharmacy = await atPharmacy(reinsert(card));
    await pharmacy.verifyAgentPin(SLOT, pin(AGENT_PIN));
    for (const [at, kind] of (['block', 'unblock'] as const).entries()) {
      const order = { card: pharmacy.certificate.holder, number: at + 1, contents: { kind } } as const;
      expect(await pharmacy.giveOrder(encodeOrder(order, signMessage(bureau, orderBody(order))))).toBe(true);
    }
    expect(await refusalOf(pharmacy.proxySign(SLOT, request()))).toBe('PIN_REQUIRED');
  });

  it('survives the supply cut at every write: the slot is whole or empty', async () => {
    const { card, signing } = await issued();
    const agent = newAgent();
    const omega = encodeWarrant(warrantOf(signing, agent));
    for (let at = 0; ; at += 97) {
      const desk = await atRegistration(card);
      await desk.verifyPin(pin());
      const offer = await desk.proxyOffer(SLOT, agent.point, omega);
      const { rA, sealed } = answerTo(offer, signing, agent, omega);
      card.cutPowerAfterBytes(at);
      const outcome = await refusalOf(desk.proxyAccept(SLOT, rA, sealed));
      card.cutPowerAfterBytes(undefined);
      const later = await atRegistration(card);
      const held = await later.readWarrants();
      expect(held.length).toBeLessThanOrEqual(1);
      if (held.length === 1) {
        await later.verifyAgentPin(SLOT, pin(AGENT_PIN));
        await later.verifyPin(pin());
        await later.proxyErase(SLOT);
      } else {
        expect(await refusalOf(later.verifyAgentPin(SLOT, pin(AGENT_PIN)))).toBe('CARD_RECORD_NOT_FOUND');
      }
      if (outcome === undefined) break;
      expect(outcome).toBe('CARD_LOST');
    }
    expect(concat(omega).length).toBeLessThan(400);
  });
});
