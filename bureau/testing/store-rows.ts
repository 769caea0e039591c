/**
 * Rows as the store suites put them in, each with what a test does not care about filled in.
 * @module
 */
import type { Row } from '../store/tables.ts';

export const head = { version: 1, type: 'test', institution: '0401180014', key_id: 'ab'.repeat(32) } as const;
export const signal = new AbortController().signal;
export const blob = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

export const message = (id: string, hash = 'h1', answer = `"${id}"`): Row<'message'> => ({
  ...head,
  id,
  request_hash: hash,
  signed: blob(1, 2, 3),
  answer,
  received_at: 1_000,
});
export const evidence = (result: string) => ({
  ...head,
  equation: '9',
  message_hash: 'cd'.repeat(32),
  signature: blob(9),
  epoch: '',
  result,
  verifier: '9900000001',
  at: 1_000,
});
export const rx = (id: string, more: Partial<Row<'prescription'>> = {}): Row<'prescription'> => ({
  ...head,
  rx_id: id,
  message_id: `m-${id}`,
  pid: 'p1',
  visit_id: 'v1',
  pharmacy: '5901200001',
  parts: 1,
  used: 0,
  line_count: 2,
  expires: '2026-12-31',
  manifest: blob(1),
  designation: blob(2),
  ciphertext: blob(3),
  answer: '{}',
  received_at: 1_000,
  days_per_part: 28,
  phase: 'open',
  life: '{}',
  revision: 0,
  ...more,
});
export const visitRow = (id: string, more: Partial<Row<'visit'>> = {}): Omit<Row<'visit'>, 'queue_number'> => ({
  ...head,
  id,
  pid: 'p1',
  day: '2026-11-21',
  opened_at: 1_000,
  released_at: null,
  presence_token: null,
  presence_terminal: null,
  ...more,
});
export const challenge = (id: string, more: Partial<Row<'challenge'>> = {}): Row<'challenge'> => ({
  ...head,
  type: 'check-in',
  challenge: id,
  terminal: 't1',
  subject: null,
  expires_at: 2_000,
  used_at: null,
  ...more,
});

export const card = (serial: string, more: Partial<Row<'card'>> = {}): Row<'card'> => ({
  ...head,
  type: 'card',
  serial,
  kind: 'patient',
  holder: 'p1',
  status: 'active',
  issued_at: 1,
  expires_at: 9_000,
  order_number: 0,
  replaced_by: null,
  member: null,
  ...more,
});
export const certificate = (serial: string, type = 'card-authentication') => ({
  ...head,
  type,
  serial,
  pid: 'p1',
  der: blob(1),
  issued_at: 1,
  revoked_at: null,
});
