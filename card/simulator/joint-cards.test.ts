/**
 * Two health cards that sign together under a warrant V2: the patient's and the agent's own, each with its PIN.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { concat } from '../../crypto/common/bytes.ts';
import type { Rng } from '../../crypto/common/random.ts';
import { newPrivateKey, publicPoint, signMessage } from '../../crypto/pki/p256-key.ts';
import { encodeOrder, orderBody } from '../../crypto/proxysig/bureau-order.ts';
import { timeBody } from '../../crypto/proxysig/bureau-token.ts';
import { acceptStatement } from '../../crypto/proxysig/delegation.ts';
import { compressPoint } from '../../crypto/proxysig/p256-group.ts';
import { decodePickup, encodePickup } from '../../crypto/proxysig/pickup-object.ts';
import { verifyAgentPickup } from '../../crypto/proxysig/verify-agent-pickup.ts';
import { decodeWarrant, encodeWarrant, type Warrant } from '../../crypto/proxysig/warrant.ts';
import { openPatientApp, type PatientApp } from '../apps/patient-app.ts';
import { AGENT_PIN, atRegistration, bureau, issued, prescribe, SLOT, START, warrantOf } from './agents.fixture.ts';
import { loadCardMemory } from './card-memory.ts';
import type { SoftwareCard } from './card-os.ts';
import { atPharmacy, bytes, PID, pin, refusalOf, reinsert, terminal } from './cards.fixture.ts';
import { atCounter, type Joined, joined, joining, offered, V2 } from './joint.fixture.ts';
import { createPatientCard } from './patient-card.ts';

type Counter = Awaited<ReturnType<typeof atCounter>>;
type Request = ReturnType<Awaited<ReturnType<typeof prescribe>>>;

async function collect({ theirs, own }: Counter, W: Uint8Array, request: Request) {
  const { pu, commitment } = await theirs.proxyBegin(SLOT, request, await own.proxyCommit(W));
  return theirs.proxyFinish(SLOT, await own.proxyShare(pu, commitment));
}

/** The same two cards for every test: each loads them as they were. */
let made: Joined;
let images: readonly [Uint8Array, Uint8Array];
let request: (part?: number) => Request;
beforeAll(async () => {
  made = await joined();
  request = await prescribe(made.patient, { controlled: true });
  images = [made.patient.save(), made.agent.save()];
});
/** A copy of the two cards. */
function copies(): Joined {
  return { ...made, patient: loaded(images[0]), agent: loaded(images[1]) };
}
function loaded(image: Uint8Array, rng: Rng = bytes): SoftwareCard {
  const memory = loadCardMemory(image);
  if (memory === undefined) throw new Error('a saved card does not load');
  return createPatientCard({ memory, rng });
}

describe('two cards', () => {
  it('collect a controlled drug together, and the signature is one under the key that anybody derives', async () => {
    const two = copies();
    const counter = await atCounter(two);
    const wanted = request();
    const pickup = await collect(counter, two.W, wanted);
    expect(decodePickup(pickup.pu)).toMatchObject({ mode: 'two-party', warrant: two.W, part: 1, pid: PID });
    const erased = { number: 1, issued: START, serials: [] };
    const trust = { bureauKey: publicPoint(bureau), erased, maxListAge: 86_400, now: START + 60 };
    const signed = { pickup: pickup.pu, signature: pickup.signature };
    expect(verifyAgentPickup(signed, two.papers, { controlled: true }, trust)).toMatchObject({ ok: true });
    const [first = 0] = signed.signature.slice(-1);
    const bent = { ...signed, signature: concat(signed.signature.slice(0, -1), Uint8Array.of(first ^ 1)) };
    expect(verifyAgentPickup(bent, two.papers, { controlled: true }, trust)).toEqual({
      ok: false,
      code: 'SIGNATURE_INVALID',
    });
    // The answer was lost: the same object brings it again, another one nothing.
    expect(await counter.theirs.proxySign(SLOT, wanted)).toEqual(pickup);
    expect(await refusalOf(counter.theirs.proxySign(SLOT, request()))).toBe('CARD_ALREADY_USED');
    expect(await refusalOf(collect(counter, two.W, wanted))).toBe('CARD_ALREADY_USED');
    await collect(counter, two.W, request(2));
    // Used twice, the warrant is used up.
    expect(await refusalOf(collect(counter, two.W, request(3)))).toBe('CARD_WARRANT_REFUSED');
    const kinds = async (app: PatientApp) => (await app.readLog()).map(({ kind }) => kind);
    expect((await kinds(counter.own)).slice(0, 3)).toEqual(['share', 'share', 'join']);
    await counter.theirs.verifyPin(pin());
    expect((await kinds(counter.theirs)).slice(0, 2)).toEqual(['pickup', 'pickup']);
  });

  it('sign nothing without both PINs', async () => {
    const two = copies();
    const [theirs, own] = [await atPharmacy(reinsert(two.patient)), await atPharmacy(reinsert(two.agent))];
    expect(await refusalOf(own.proxyCommit(two.W))).toBe('PIN_REQUIRED');
    expect(await refusalOf(own.verifyPin(pin('000000')))).toEqual(['PIN_WRONG', 2]);
    expect(await refusalOf(own.proxyCommit(two.W))).toBe('PIN_REQUIRED');
    await own.verifyPin(pin());
    const commitment = await own.proxyCommit(two.W);
    expect(await refusalOf(theirs.proxyBegin(SLOT, request(), commitment))).toBe('PIN_REQUIRED');
    // The holder's PIN is another.
    await theirs.verifyPin(pin());
    expect(await refusalOf(theirs.proxyBegin(SLOT, request(), commitment))).toBe('PIN_REQUIRED');
    expect(await refusalOf(theirs.verifyAgentPin(SLOT, pin('000000')))).toEqual(['PIN_WRONG', 2]);
    await theirs.verifyAgentPin(SLOT, pin(AGENT_PIN));
    const begun = await theirs.proxyBegin(SLOT, request(), commitment);
    // A wrong PIN in between takes it away again, on either card.
    expect(await refusalOf(own.verifyPin(pin('000000')))).toEqual(['PIN_WRONG', 2]);
    expect(await refusalOf(own.proxyShare(begun.pu, begun.commitment))).toBe('PIN_REQUIRED');
    expect(await refusalOf(theirs.verifyAgentPin(SLOT, pin('000000')))).toEqual(['PIN_WRONG', 2]);
    expect(await refusalOf(theirs.proxyFinish(SLOT, bytes(32)))).toBe('PIN_REQUIRED');
  });

  it('are not replaced by one: half a key signs nothing, a whole one begins nothing', async () => {
    const two = copies();
    const counter = await atCounter(two);
    expect(await refusalOf(counter.theirs.proxySign(SLOT, request()))).toBe('CARD_WARRANT_REFUSED');
    expect(await refusalOf(counter.theirs.proxyBegin(0x12, request(), await counter.own.proxyCommit(two.W)))).toBe(
      'CARD_WARRANT_REFUSED',
    );
    // Another's health card has no share of it.
    const stranger = await atPharmacy(reinsert((await issued()).card));
    await stranger.verifyPin(pin());
    expect(await refusalOf(stranger.proxyCommit(two.W))).toBe('CARD_WARRANT_REFUSED');
  });

  it('answer once for each pair of nonces', async () => {
    const two = copies();
    const { theirs, own } = await atCounter(two);
    const begin = async () => theirs.proxyBegin(SLOT, request(), await own.proxyCommit(two.W));
    const first = await begin();
    const z = await own.proxyShare(first.pu, first.commitment);
    expect(await refusalOf(own.proxyShare(first.pu, first.commitment))).toBe('CARD_REFUSED');
    // A share of an earlier session fits no later one, and costs nothing but the session.
    const second = await begin();
    expect(await refusalOf(theirs.proxyFinish(SLOT, z))).toBe('CARD_REFUSED');
    expect(await refusalOf(theirs.proxyFinish(SLOT, await own.proxyShare(second.pu, second.commitment)))).toBe(
      'CARD_REFUSED',
    );
    // Nor does a commitment that was given before: the agent's card has forgotten it.
    const old = await own.proxyCommit(two.W);
    await own.proxyCommit(two.W);
    const third = await theirs.proxyBegin(SLOT, request(), old);
    const other = await own.proxyShare(third.pu, third.commitment);
    expect(await refusalOf(theirs.proxyFinish(SLOT, other))).toBe('CARD_REFUSED');
    expect((await theirs.readPrescriptions())[0]?.used).toBe(0);
    // A refused answer spends them too, and the end of the channel.
    await own.proxyCommit(two.W);
    expect(await refusalOf(own.proxyShare(third.pu, { hiding: bytes(33), binding: bytes(33) }))).toBe('CARD_REFUSED');
    expect(await refusalOf(own.proxyShare(third.pu, third.commitment))).toBe('CARD_REFUSED');
    await begin();
    const { theirs: again } = await atCounter(two);
    expect(await refusalOf(again.proxyFinish(SLOT, z))).toBe('CARD_REFUSED');
    const pickup = await collect(await atCounter(two), two.W, request());
    expect(pickup.partsLeft).toBe(2);
  });

  it('draw other nonces though the generator has stuck: the counter has moved on', async () => {
    const stuck: Rng = (length) => new Uint8Array(length).fill(0x5a);
    const two = { ...copies(), agent: loaded(images[1], stuck) };
    const { theirs, own } = await atCounter(two);
    const first = await own.proxyCommit(two.W);
    expect(await own.proxyCommit(two.W)).toEqual(first);
    const begun = await theirs.proxyBegin(SLOT, request(), first);
    await theirs.proxyFinish(SLOT, await own.proxyShare(begun.pu, begun.commitment));
    expect(await own.proxyCommit(two.W)).not.toEqual(first);
  });

  it('sign only what names the pharmacy they are in, its patient, and what the warrant covers', async () => {
    const two = copies();
    const { theirs, own } = await atCounter(two);
    const share = async (change: (pu: ReturnType<typeof decodePickup>) => ReturnType<typeof decodePickup>) => {
      const { pu, commitment } = await theirs.proxyBegin(SLOT, request(), await own.proxyCommit(two.W));
      return refusalOf(own.proxyShare(encodePickup(change(decodePickup(pu))), commitment));
    };
    expect(await share((pu) => ({ ...pu, terminal: bytes(16) }))).toBe('CARD_REFUSED');
    expect(await share((pu) => ({ ...pu, pharmacy: Uint8Array.of(0x59, 1, 1, 0, 0x12) }))).toBe('CARD_REFUSED');
    expect(await share((pu) => ({ ...pu, warrant: bytes(32) }))).toBe('CARD_REFUSED');
    expect(await share((pu) => ({ ...pu, mode: 'agent' }))).toBe('CARD_REFUSED');
    expect(await share((pu) => ({ ...pu, pid: bytes(16) }))).toBe('CARD_WARRANT_REFUSED');
    expect(
      await refusalOf(
        own.proxyShare(bytes(198), (await theirs.proxyBegin(SLOT, request(), await own.proxyCommit(two.W))).commitment),
      ),
    ).toBe('CARD_REFUSED');
    // Relayed to a card in another pharmacy.
    const far = await openPatientApp(reinsert(two.agent), await terminal('pharmacy', { holder: bytes(16) }));
    await far.verifyPin(pin());
    const begun = await theirs.proxyBegin(SLOT, request(), await far.proxyCommit(two.W));
    expect(await refusalOf(far.proxyShare(begun.pu, begun.commitment))).toBe('CARD_REFUSED');
    // Each by its own newest time.
    const late = START + 86_400 * 31;
    const token = { time: late, signature: signMessage(bureau, timeBody(late)) };
    const { theirs: now, own: later } = await atCounter(two);
    await later.putTimeToken(token);
    const last = await now.proxyBegin(SLOT, request(), await later.proxyCommit(two.W));
    expect(await refusalOf(later.proxyShare(last.pu, last.commitment))).toBe('CARD_WARRANT_REFUSED');
    await now.putTimeToken(token);
    expect(await refusalOf(now.proxyBegin(SLOT, request(), last.commitment))).toBe('CARD_WARRANT_REFUSED');
  });

  it('stop where the bureau stops one of them in between', async () => {
    const two = copies();
    const { theirs, own } = await atCounter(two);
    const begun = await theirs.proxyBegin(SLOT, request(), await own.proxyCommit(two.W));
    const z = await own.proxyShare(begun.pu, begun.commitment);
    for (const [at, kind] of (['block', 'unblock'] as const).entries()) {
      const order = { card: theirs.certificate.holder, number: at + 1, contents: { kind } } as const;
      await theirs.giveOrder(encodeOrder(order, signMessage(bureau, orderBody(order))));
    }
    expect(await refusalOf(theirs.proxyFinish(SLOT, z))).toBe('PIN_REQUIRED');
    // The order that empties the slot takes the share of the agent's card, too.
    const { serial } = decodeWarrant(two.papers.omega);
    const erase = { card: own.certificate.holder, number: 1, contents: { kind: 'erase-warrant', serial } } as const;
    expect(await own.giveOrder(encodeOrder(erase, signMessage(bureau, orderBody(erase))))).toBe(true);
    expect(await refusalOf(own.proxyCommit(two.W))).toBe('CARD_WARRANT_REFUSED');
  });

  it('collect nothing that the holder collected in between', async () => {
    const two = copies();
    const { theirs, own } = await atCounter(two);
    const begun = await theirs.proxyBegin(SLOT, request(), await own.proxyCommit(two.W));
    const z = await own.proxyShare(begun.pu, begun.commitment);
    await theirs.verifyPin(pin());
    const pickup = await theirs.consume(request());
    expect(decodePickup(pickup.pu).mode).toBe('patient');
    expect(await refusalOf(theirs.proxyFinish(SLOT, z))).toBe('CARD_REFUSED');
    expect((await theirs.readPrescriptions())[0]?.used).toBe(1);
  });

  it('lose nothing to a cut supply: the part is collected and its answer kept, or neither', async () => {
    let outcomes = '';
    for (let at = 0; ; at += 331) {
      const two = copies();
      const { theirs, own } = await atCounter(two);
      const wanted = request();
      const begun = await theirs.proxyBegin(SLOT, wanted, await own.proxyCommit(two.W));
      const z = await own.proxyShare(begun.pu, begun.commitment);
      two.patient.cutPowerAfterBytes(at);
      const outcome = await refusalOf(theirs.proxyFinish(SLOT, z));
      two.patient.cutPowerAfterBytes(undefined);
      const counter = await atCounter(two);
      const used = (await counter.theirs.readPrescriptions())[0]?.used;
      if (used === 1) expect((await counter.theirs.proxySign(SLOT, wanted)).pu).toEqual(begun.pu);
      else expect((await collect(counter, two.W, wanted)).partsLeft).toBe(2);
      outcomes += outcome === undefined ? '!' : `${used}`;
      if (outcome === undefined) break;
      expect(outcome).toBe('CARD_LOST');
    }
    expect(outcomes).toMatch(/^0+1+!$/u);
  });
});

describe('a warrant of two cards', () => {
  it('is joined with the agent’s PIN, to the patient’s own offer, by the card that it names', async () => {
    const [patient, agent, stranger] = [await issued(), await issued(), await issued()];
    const { omega, offer } = await offered(patient, agent);
    const fresh = await atRegistration(agent.card);
    expect(await refusalOf(fresh.proxyJoin(patient.signing, offer, omega))).toBe('PIN_REQUIRED');
    await fresh.verifyPin(pin());
    const join = (changes: Partial<Warrant>, signer = bureau): Promise<unknown> =>
      refusalOf(
        fresh.proxyJoin(
          patient.signing,
          offer,
          encodeWarrant(
            warrantOf(patient.signing, { point: agent.signing, id: bytes(16) }, { ...V2, ...changes }, signer),
          ),
        ),
      );
    const one = encodeWarrant(warrantOf(patient.signing, { point: agent.signing, id: bytes(16) }));
    expect(await refusalOf(fresh.proxyJoin(patient.signing, offer, one))).toBe('CARD_WARRANT_REFUSED');
    expect(await join({}, newPrivateKey(bytes))).toBe('CARD_WARRANT_REFUSED');
    expect(await join({ notBefore: START - 20, notAfter: START - 10 })).toBe('CARD_WARRANT_REFUSED');
    expect(await join({ patientKeyHash: bytes(32) })).toBe('CARD_REFUSED');
    expect(await join({ agentKeyHash: bytes(32) })).toBe('CARD_REFUSED');
    // A warrant that the patient's card did not offer under.
    expect(await join({ serial: bytes(16) })).toBe('CARD_REFUSED');
    expect(await refusalOf(fresh.proxyJoin(patient.signing, { ...offer, rP: offer.x }, omega))).toBe('CARD_REFUSED');
    expect(await refusalOf(fresh.proxyJoin(stranger.signing, offer, omega))).toBe('CARD_REFUSED');
    const other = await atRegistration(stranger.card);
    await other.verifyPin(pin());
    expect(await refusalOf(other.proxyJoin(patient.signing, offer, omega))).toBe('CARD_REFUSED');
    const pharmacy = await atPharmacy(reinsert(agent.card));
    await pharmacy.verifyPin(pin());
    expect(await refusalOf(pharmacy.proxyJoin(patient.signing, offer, omega))).toBe('CARD_ROLE_REFUSED');
    expect(await refusalOf((await joining(agent)).proxyJoin(patient.signing, offer, omega))).toBeUndefined();
  });

  it('is accepted with the word of the agent’s card, once, for this offer', async () => {
    const [patient, agent] = [await issued(), await issued()];
    const secret = newPrivateKey(bytes);
    const accept = async (
      change: (answer: { rA: Uint8Array; word: Uint8Array }, omega: Uint8Array, rP: Uint8Array) => typeof answer,
      digits = AGENT_PIN,
    ): Promise<unknown> => {
      const { desk, offer, own, omega } = await offered(patient, agent);
      const answer = await own.proxyJoin(patient.signing, offer, omega);
      const result = await refusalOf(desk.proxyAcceptJoint(SLOT, change(answer, omega, offer.rP), pin(digits)));
      // Right or wrong, the offer is spent.
      expect(await refusalOf(desk.proxyAcceptJoint(SLOT, answer, pin(AGENT_PIN)))).toBe('CARD_REFUSED');
      return result;
    };
    const by = (omega: Uint8Array, rP: Uint8Array, rA: Uint8Array) =>
      signMessage(secret, acceptStatement(omega, rP, rA));
    expect(await accept(({ rA }, omega, rP) => ({ rA, word: by(omega, rP, rA) }))).toBe('CARD_REFUSED');
    expect(await accept(({ word }) => ({ rA: compressPoint(publicPoint(secret)) ?? bytes(33), word }))).toBe(
      'CARD_REFUSED',
    );
    expect(await accept((answer) => answer, '1234')).toBe('CARD_REFUSED');
    // A sealed half is the other version's, and so is the word.
    const { desk } = await offered(patient, agent);
    expect(await refusalOf(desk.proxyAccept(SLOT, bytes(33), bytes(97)))).toBe('CARD_REFUSED');
    const alone = encodeWarrant(warrantOf(patient.signing, { point: agent.signing, id: bytes(16) }));
    await desk.proxyOffer(SLOT, agent.signing, alone);
    expect(await refusalOf(desk.proxyAcceptJoint(SLOT, { rA: bytes(33), word: bytes(64) }, pin(AGENT_PIN)))).toBe(
      'CARD_REFUSED',
    );
    expect(await desk.readWarrants()).toEqual([]);
    expect(await accept((answer) => answer)).toBeUndefined();
  });

  it('has a place on the agent’s card: eight, the same again in its own, one that is over gives way', async () => {
    const [patient, agent] = [await issued(), await issued()];
    const join = async (changes: Partial<Warrant> = {}): Promise<unknown> => {
      const { offer, own, omega } = await offered(patient, agent, changes);
      return refusalOf(own.proxyJoin(patient.signing, offer, omega));
    };
    const serial = bytes(16);
    expect(await join({ serial, notAfter: START + 86_400 })).toBeUndefined();
    expect(await join({ serial, notAfter: START + 86_400 })).toBeUndefined();
    for (let i = 0; i < 7; i++) expect(await join()).toBeUndefined();
    expect(await join()).toBe('CARD_FULL');
    const time = START + 86_401;
    const pharmacy = await atPharmacy(reinsert(agent.card));
    await pharmacy.putTimeToken({ time, signature: signMessage(bureau, timeBody(time)) });
    expect(await join()).toBeUndefined();
    expect(await join()).toBe('CARD_FULL');
  });
});
