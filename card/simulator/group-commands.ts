/**
 * The doctor card's share of the group signature (groupsig note, "Join" and "Sign"; card note 3.5). The secret is born here and stays.
 * A commitment is answered once: it is erased before its answer is computed, and all are gone with the supply.
 * GS JOIN 80 4E: nonce(32) -> Q(48) ‖ c(32) ‖ z(32) ‖ sig_D(64) ‖ att(64); once for a group, and the same answer to the same nonce. GS COMMIT 80 50 -> N(48) ‖ id(4).
 * GS RESPOND 80 52: id(4) ‖ head(8) ‖ H_M(32) ‖ tx(32) -> n(16) ‖ z_s(32). GS ABORT 80 54: id(4) or nothing. SET SESSION 80 56: count(1) ‖ purposes.
 * @module
 */
import { concat, equalBytes, readUint, uint, utf8, wipe } from '../../crypto/common/bytes.ts';
import type { GroupBackend } from '../../crypto/groupsig/backend.ts';
import { commitOnCard, joinOnCard, respondOnCard } from '../../crypto/groupsig/card-member.ts';
import { PURPOSES } from '../../crypto/groupsig/context.ts';
import { decodeGroupKey } from '../../crypto/groupsig/group-key.ts';
import { GroupSigError } from '../../crypto/groupsig/groupsig-error.ts';
import { signMessage } from '../../crypto/pki/p256-key.ts';
import type { CommandApdu } from '../apdu/command.ts';
import { SW } from '../apdu/status-word.ts';
import { COMMITMENT_LIMIT, DOCTOR_FILES, KEY } from '../apps/card-profile.ts';
import { type CardApplication, type CardContext, NOTHING } from './card-os.ts';
import { terminalOf } from './channel-state.ts';
import { certificateFor } from './personalise-commands.ts';
import { requirePin } from './pin-commands.ts';
import { privateKey } from './private-key.ts';
import { fileCell } from './record-store.ts';
import { demand, Refusal } from './refusal.ts';
import { counted, LOGGED } from './sign-command.ts';

const SECRET = 'group/secret';
const KEY_HASH = 'group/key-hash';
const JOINED = 'group/joined';
/** nonce(32) ‖ pkh(32) ‖ answer of the last join. */
const LAST_JOIN = 'group/last-join';
const KNOWN_PURPOSES: ReadonlySet<number> = new Set(Object.values(PURPOSES));

interface Commitment {
  readonly ks: Uint8Array;
  readonly n: Uint8Array;
}

const demandPlain = ({ p1, p2 }: CommandApdu): void => demand(p1 === 0 && p2 === 0, SW.wrongParameters);

function pkhOf(backend: GroupBackend, card: CardContext): Uint8Array {
  try {
    return decodeGroupKey(backend, card.memory.get(fileCell(DOCTOR_FILES.groupKey)) ?? NOTHING).pkh;
  } catch (error) {
    if (error instanceof GroupSigError) throw new Refusal(SW.referenceNotFound);
    throw error;
  }
}

function hasJoined(card: CardContext, pkh: Uint8Array): boolean {
  const joined = card.memory.get(JOINED) ?? NOTHING;
  for (let at = 0; at < joined.length; at += 32) {
    if (equalBytes(joined.slice(at, at + 32), pkh)) return true;
  }
  return false;
}

/** The group commands over a backend, with the commitments they keep. */
export function groupCommands(backend: GroupBackend): CardApplication {
  const commitments = new Map<number, Commitment>();
  let nextId = 1;

  function erase(id: number): void {
    const commitment = commitments.get(id);
    if (commitment !== undefined) wipe(commitment.ks, commitment.n);
    commitments.delete(id);
  }

  function eraseAll(): void {
    for (const id of commitments.keys()) erase(id);
  }

  function forget(): void {
    eraseAll();
    nextId = 1;
  }

  function join(card: CardContext, apdu: CommandApdu): Uint8Array {
    demandPlain(apdu);
    demand(apdu.data.length === 32, SW.wrongLength);
    requirePin(card);
    const pkh = pkhOf(backend, card);
    const asked = concat(apdu.data, pkh);
    const last = card.memory.get(LAST_JOIN);
    // The answer may have been lost with the supply: asked the same again, it is the same.
    if (last !== undefined && equalBytes(last.slice(0, 64), asked)) return last.slice(64);
    demand(!hasJoined(card, pkh), SW.conditions);
    const { name } = certificateFor(card, DOCTOR_FILES.certificate, 'doctor', KEY.signature);
    demand(name.serialNumber !== undefined, SW.conditions);
    const doctorId = utf8(name.serialNumber);
    const { sk, Q, c, z, J } = joinOnCard(backend, { pkh, doctorId, nonce: apdu.data }, card.rng);
    const signature = signMessage(privateKey(card, KEY.signature), J);
    const attestation = signMessage(privateKey(card, KEY.authentication), J);
    const answer = concat(Q, c, z, signature, attestation);
    eraseAll();
    card.memory.write([
      [SECRET, sk],
      [KEY_HASH, pkh],
      [JOINED, concat(card.memory.get(JOINED) ?? NOTHING, pkh)],
      [LAST_JOIN, concat(asked, answer)],
    ]);
    wipe(sk);
    return answer;
  }

  function commit(card: CardContext, apdu: CommandApdu): Uint8Array {
    demandPlain(apdu);
    demand(apdu.data.length === 0, SW.wrongLength);
    requirePin(card);
    demand(card.memory.get(SECRET) !== undefined, SW.referenceNotFound);
    demand(commitments.size < COMMITMENT_LIMIT, SW.full);
    const { ks, n, N } = commitOnCard(backend, card.rng);
    const id = nextId++;
    commitments.set(id, { ks, n });
    return concat(N, uint(id, 4));
  }

  function demandCovered({ session }: CardContext, purpose: number): void {
    demand(KNOWN_PURPOSES.has(purpose), SW.wrongData);
    if (purpose === PURPOSES.emergency) {
      demand(session.pinVerified && session.pinJustVerified, SW.pinRequired);
      return;
    }
    const { group } = session;
    demand(group !== undefined && group.left > 0 && group.purposes.has(purpose), SW.pinRequired);
    group.left -= 1;
    session.groupLeft -= 1;
  }

  function respond(card: CardContext, apdu: CommandApdu): Uint8Array {
    demandPlain(apdu);
    const { data } = apdu;
    demand(data.length === 76, SW.wrongLength);
    const id = readUint(data.subarray(0, 4));
    const head = data.slice(4, 12);
    const [version, purpose = 0] = head;
    demand(version === 1, SW.wrongData);
    const sk = card.memory.get(SECRET);
    const pkh = card.memory.get(KEY_HASH);
    demand(sk !== undefined && pkh !== undefined, SW.referenceNotFound);
    const commitment = commitments.get(id);
    terminalOf(card);
    demand(commitment !== undefined, id > 0 && id < nextId ? SW.conditions : SW.referenceNotFound);
    demandCovered(card, purpose);
    const ks = commitment.ks.slice();
    const n = commitment.n.slice();
    erase(id);
    try {
      card.memory.write(counted(card, LOGGED.group, concat(head, data.slice(12, 28))).changes);
      const answer = respondOnCard(backend, { pkh, sk, ks, n, head, hm: data.slice(12, 44), tx: data.slice(44) });
      return concat(answer.n, answer.zs);
    } finally {
      wipe(ks, sk);
    }
  }

  function abort(card: CardContext, apdu: CommandApdu): Uint8Array {
    demandPlain(apdu);
    terminalOf(card);
    demand(apdu.data.length === 0 || apdu.data.length === 4, SW.wrongLength);
    if (apdu.data.length === 4) erase(readUint(apdu.data));
    else eraseAll();
    return NOTHING;
  }

  function setSession(card: CardContext, apdu: CommandApdu): Uint8Array {
    demandPlain(apdu);
    requirePin(card);
    const [count = 0, ...purposes] = apdu.data;
    demand(count >= 1 && purposes.length >= 1, SW.wrongData);
    demand(count <= card.session.groupLeft, SW.conditions);
    demand(
      purposes.every((purpose) => KNOWN_PURPOSES.has(purpose)),
      SW.wrongData,
    );
    demand(!purposes.includes(PURPOSES.emergency), SW.conditions);
    card.session.group = { purposes: new Set(purposes), left: count };
    return NOTHING;
  }

  return {
    handlers: new Map([
      [0x804e, join],
      [0x8050, commit],
      [0x8052, respond],
      [0x8054, abort],
      [0x8056, setSession],
    ]),
    forget,
  };
}
