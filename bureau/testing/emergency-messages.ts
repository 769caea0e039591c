/**
 * Decisions about fingers, queries and confirmations as desks make them, with every part open to change.
 * @module
 */
import { instantOf } from '../../contract/calendar.ts';
import {
  EmergencyCandidates,
  type EmergencyConfirmation,
  type EmergencyProbe,
  type EmergencyQuery,
  EmergencyRecord,
} from '../../contract/emergency.ts';
import type { FingerprintDecision, FingerprintSet, FingerprintStanding } from '../../contract/fingerprints.ts';
import { fromHex, hex, utf8 } from '../../crypto/common/bytes.ts';
import { h256 } from '../../crypto/common/hash.ts';
import { IMIS_OID } from '../../crypto/common/oids.ts';
import type { SignatureContext } from '../../crypto/groupsig/context.ts';
import { generateP256, type P256KeyPair } from '../../crypto/pki/key-store.ts';
import { readReply } from './journeys.ts';
import { base64, grouped, headOf, personal, sealed } from './messages.ts';
import { probeOf } from './soft-fingers.ts';
import type { Certified, SoftDoctor, SoftPatient } from './soft-people.ts';
import { type Post, signal, type World } from './world.ts';

const bytesOf = (value: unknown): Uint8Array => utf8(JSON.stringify(value));

/** The holder's word (DER), for a set where one is given. */
export const decision = (
  world: World,
  holder: SoftPatient,
  set: FingerprintSet | undefined,
  changes: Partial<FingerprintDecision> = {},
  signer: Certified = holder.signing,
): Promise<Uint8Array> => {
  const post = world.posts.bureau;
  const payload: FingerprintDecision = {
    type: 'fingerprint-decision',
    ...headOf(post, signer),
    decision: 'enrol',
    ...(set === undefined ? {} : { setHash: hex(h256(bytesOf(set))) }),
    at: instantOf(world.clock.now()),
    ...changes,
  };
  return personal(world, post, signer, payload);
};

/** The body of a request: decision and set, sealed. */
export const decisionBody = (world: World, der: Uint8Array, set: FingerprintSet | undefined) => ({
  decision: sealed(world, der),
  ...(set === undefined ? {} : { set: sealed(world, bytesOf(set)) }),
});

/** Decides at the clerk's desk. */
export async function decide(
  world: World,
  operator: string,
  holder: SoftPatient,
  what: { readonly set?: FingerprintSet; readonly decision?: FingerprintDecision['decision'] },
): Promise<FingerprintStanding> {
  const { set, decision: word = 'enrol' } = what;
  const der = await decision(world, holder, set, { decision: word });
  return world.posts.bureau.client.fingerprints({ operator, body: decisionBody(world, der, set) }, signal);
}

/** A query ready to be signed. */
export async function prepareQuery(world: World, post: Post, probe: EmergencyProbe = probeOf(1)) {
  const { challenge } = await post.client.challenge({ body: { purpose: 'emergency' } }, signal);
  const replyKey = await generateP256();
  const payload: EmergencyQuery = {
    type: 'emergency-query',
    version: 1,
    institution: post.desk.institution,
    keyId: hex(world.group.key.pkh),
    challenge,
    terminal: post.desk.terminalId,
    triage: 1,
    reason: { kind: 'unconscious', words: '車禍送醫' },
    probeHash: hex(h256(bytesOf(probe))),
    seen: { sex: null, ageBand: null },
    replyKey: base64(replyKey.spki),
    at: instantOf(world.clock.now()),
  };
  return { replyKey, payload, probe };
}
export type PreparedQuery = Awaited<ReturnType<typeof prepareQuery>>;

/** The query, group-signed (DER); `ctx` replaces fields of the signed context. */
export const query = (
  world: World,
  post: Post,
  doctor: SoftDoctor,
  payload: EmergencyQuery,
  ctx: Partial<SignatureContext> = {},
): Promise<Uint8Array> =>
  grouped(
    world,
    doctor,
    { contentType: IMIS_OID.jsonContent, content: bytesOf(payload) },
    {
      purpose: 'emergency',
      pid: new Uint8Array(16),
      sid: h256(fromHex(payload.challenge), fromHex(post.desk.terminalId)).slice(0, 16),
      ...ctx,
    },
  );

/** The body of a request: query and probe, sealed. */
export const queryBody = (world: World, der: Uint8Array, probe: EmergencyProbe) => ({
  query: sealed(world, der),
  probe: sealed(world, bytesOf(probe)),
});

/** Who was asked for, and the key that opens what follows. */
export interface AskedQuery {
  readonly candidates: EmergencyCandidates;
  readonly replyKey: P256KeyPair;
  readonly post: Post;
}

/** Eq 13 and 14. */
export async function ask(
  world: World,
  post: Post,
  doctor: SoftDoctor,
  probe: EmergencyProbe = probeOf(1),
  changes: Partial<EmergencyQuery> = {},
): Promise<AskedQuery> {
  const { replyKey, payload } = await prepareQuery(world, post, probe);
  const der = await query(world, post, doctor, { ...payload, ...changes });
  const { reply } = await post.client.emergencyQuery({ body: queryBody(world, der, probe) }, signal);
  const candidates = EmergencyCandidates.parse(await readReply(world, replyKey, reply, 'emergency-candidates', ''));
  return { candidates, replyKey, post };
}

/** The second person's word for a candidate, sealed. */
export async function confirmation(
  world: World,
  { post, candidates }: AskedQuery,
  staff: Certified,
  changes: Partial<EmergencyConfirmation> = {},
): Promise<string> {
  const payload: EmergencyConfirmation = {
    type: 'emergency-confirmation',
    ...headOf(post, staff),
    queryId: candidates.queryId,
    handle: candidates.candidates[0]?.handle ?? '00'.repeat(16),
    terminal: post.desk.terminalId,
    at: instantOf(world.clock.now()),
    ...changes,
  };
  return sealed(world, await personal(world, post, staff, payload));
}

/** Eq 15: what came back on a confirmation. */
export async function confirm(world: World, asked: AskedQuery, message: string): Promise<EmergencyRecord> {
  const { reply } = await asked.post.client.emergencyConfirmation({ body: { message } }, signal);
  return EmergencyRecord.parse(await readReply(world, asked.replyKey, reply, 'emergency-record', ''));
}
