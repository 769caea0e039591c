/**
 * Row types of the bureau's tables (migrations/).
 * @module
 */
import type { Generated, Selectable } from 'kysely';

interface Head {
  readonly version: number;
  readonly type: string;
  readonly institution: string;
  readonly key_id: string;
}

export interface Tables {
  person: Head & {
    pid: string;
    identity_tag: string;
    sealed_identity: Uint8Array;
    paid_until: string;
    created_at: number;
  };
  certificate: Head & {
    serial: string;
    pid: string | null;
    der: Uint8Array;
    issued_at: number;
    revoked_at: number | null;
    /** Null, or `held` while its card is suspended, or `resumed` and in the list until the next head. */
    hold: Generated<string | null>;
  };
  challenge: Head & {
    challenge: string;
    terminal: string;
    subject: string | null;
    expires_at: number;
    used_at: number | null;
  };
  operator_session: Head & {
    token: string;
    terminal: string;
    role: string;
    certificate_serial: string;
    expires_at: number;
  };
  visit: Head & {
    id: string;
    pid: string;
    day: string;
    queue_number: number;
    opened_at: number;
    released_at: number | null;
    presence_token: string | null;
    presence_terminal: string | null;
  };
  message: Head & { id: string; request_hash: string; signed: Uint8Array; answer: string; received_at: number };
  clinical_record: Head & { id: string; pid: string; visit_id: string; signed: Uint8Array; received_at: number };
  prescription: Head & {
    rx_id: string;
    message_id: string;
    pid: string;
    visit_id: string;
    pharmacy: string;
    parts: number;
    used: number;
    line_count: number;
    expires: string;
    manifest: Uint8Array;
    designation: Uint8Array;
    ciphertext: Uint8Array;
    answer: string;
    received_at: number;
    days_per_part: number;
    phase: string;
    /** Where it stands, JSON (domain/prescription-life.ts); `phase`, `used` and `pharmacy` say a part of it to queries. */
    life: string;
    /** How many events it has had. */
    revision: number;
  };
  dispensing: Head & {
    position: Generated<number>;
    rx_id: string;
    part: number;
    message_id: string;
    /** SHA-256 of the pickup object, hex. */
    pickup: string;
    pickup_object: Uint8Array;
    /** Of the patient's card. */
    pickup_signature: Uint8Array;
    /** Outcomes of the lines, JSON. */
    lines: string;
    received_at: number;
    /** Serial number of the warrant under which an agent collected. */
    warrant: string | null;
  };
  agent_approval: Head & {
    serial: string;
    pid: string;
    agent_id: string;
    agent_tag: string;
    sealed_agent: Uint8Array;
    agent_key: Uint8Array;
    not_after: number;
    message_id: string;
    approved_at: number;
  };
  warrant_erasure: Head & { serial: string; message_id: string; erased_at: number };
  /** `by`: serial number of a certificate, or empty where a group signed. */
  prescription_event: {
    rx_id: string;
    revision: number;
    event: string;
    institution: string;
    by: string;
    message_id: string | null;
    at: number;
  };
  evidence: Head & {
    position: Generated<number>;
    equation: string;
    message_hash: string;
    signature: Uint8Array;
    epoch: string;
    result: string;
    verifier: string;
    at: number;
  };
  group_member: Head & {
    q: string;
    join_string: Uint8Array;
    proof_c: Uint8Array;
    proof_z: Uint8Array;
    signature: Uint8Array;
    certificate: Uint8Array;
    doctor_class: number;
    status: string;
    joined_at: number;
    /** ID_D out of Cert_D. */
    doctor_id: Generated<string>;
    /** att over J, as it came; null for members of before it was kept. */
    attestation: Uint8Array | null;
  };
  member_class: { q: string; doctor_class: number };
  epoch: Head & {
    position: Generated<number>;
    /** `day.seq` */
    name: string;
    /** H256 of the head before, hex. */
    previous: string;
    not_before: number;
    not_after: number;
    issued_at: number;
    /** Position of the member log it was issued from. */
    members_to: number;
    head: Uint8Array;
    signature: Uint8Array;
  };
  bundle: { epoch: string; doctor_class: number; entries: Uint8Array };
  /** `kind`: joined, revoked, readmitted, held, resumed, classes; `hash` of the record of a join, hex. */
  member_log: { position: Generated<number>; doctor_id: string; kind: string; hash: string; at: number };
  card: Head & {
    serial: string;
    kind: string;
    /** PID_P, ID_D or the identifier of a member of staff. */
    holder: string;
    status: string;
    issued_at: number;
    expires_at: number;
    /** Number of the last order. */
    order_number: number;
    replaced_by: string | null;
    member: string | null;
  };
  card_certificate: { certificate: string; card: string };
  card_log: {
    position: Generated<number>;
    card: string;
    event: string;
    status: string;
    reason: string;
    by: string;
    at: number;
  };
  card_order: Head & { card: string; number: number; kind: string; encoded: Uint8Array; issued_at: number };
  opening_case: Head & { case_id: string; revision: number; message_id: string; file: string; ordered_at: number };
  opening_share: Head & { case_id: string; revision: number; opener: number; share: Uint8Array; received_at: number };
  opening_log: Head & {
    position: Generated<number>;
    case_id: string;
    message_id: string;
    step: string;
    opener: number | null;
    hash: string;
    by: string;
    at: number;
  };
  finger_standing: Head & {
    pid: string;
    /** `enrolled`, `refused`, `withdrawn`. */
    state: string;
    sealed_number: Uint8Array | null;
    /** Positions, JSON. */
    fingers: string;
    message_id: string;
    decided_at: number;
  };
  /** `number`: how the gallery knows them; which pseudonym it belongs to is sealed on both sides. */
  finger_set: Head & { number: string; sealed_face: Uint8Array; sealed_fingers: Uint8Array };
  /** `change`: put, remove. */
  gallery_task: { position: Generated<number>; number: string; change: string };
  finger_log: {
    position: Generated<number>;
    pid: string;
    event: string;
    by: string;
    words: string;
    /** Pseudonyms, JSON. */
    others: string;
    at: number;
  };
  emergency_query: Head & {
    id: string;
    message_id: string;
    terminal: string;
    triage: number;
    /** JSON. */
    reason: string;
    reply_key: Uint8Array;
    sealed_candidates: Uint8Array | null;
    asked_at: number;
    expires_at: number;
    confirmed_at: number | null;
  };
  /** contract/break-glass.ts, BreakGlassLine; `reason` is JSON. */
  break_glass: {
    position: number;
    previous: string;
    hash: string;
    kind: string;
    outcome: string;
    institution: string;
    terminal: string;
    query_id: string | null;
    triage: number | null;
    reason: string | null;
    candidates: number;
    pid: string | null;
    by: string;
    message_id: string | null;
    at: number;
    fingers: number | null;
    vouched: number | null;
  };
  patient_notice: { position: Generated<number>; pid: string; notice: string; given_on: string | null };
}

/** A row of a table as it is read. */
export type Row<T extends keyof Tables> = Selectable<Tables[T]>;
