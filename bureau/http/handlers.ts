/**
 * Route name -> domain function: one line each.
 * @module
 */

import type { z } from 'zod';
import type { BureauApi, RouteName } from '../../contract/bureau-api.ts';
import { instantOf } from '../../contract/calendar.ts';
import { fromBase64, toBase64 } from '../../crypto/envelope/base64.ts';
import { acceptForDispensing, releasePrescription } from '../domain/acceptances.ts';
import { approveAgent, warrantStanding, warrantsOfCard } from '../domain/agent-approvals.ts';
import { breakGlassLines } from '../domain/break-glass.ts';
import { type Bureau, clerkOf, type RequestContext } from '../domain/bureau.ts';
import { acceptCancellation } from '../domain/cancellations.ts';
import { listCards, showCard, takeCardStep } from '../domain/card-life.ts';
import { ordersAfter } from '../domain/card-orders.ts';
import { issueChallenge, issueOpeningChallenge } from '../domain/challenges.ts';
import { checkIn } from '../domain/check-in.ts';
import { acceptDesignation } from '../domain/designations.ts';
import {
  combineDispute,
  type DisputeActor,
  disputeState,
  openDispute,
  openingLog,
  takeShare,
} from '../domain/disputes.ts';
import { confirmEmergency } from '../domain/emergency-confirmation.ts';
import { askEmergency } from '../domain/emergency-query.ts';
import { enrolPatient } from '../domain/enrolment.ts';
import { decideFingerprints, fingerprintStanding } from '../domain/fingerprints.ts';
import { beginJoin, joinMember } from '../domain/group-members.ts';

import { publicMaterial } from '../domain/material.ts';
import { messageState } from '../domain/message-state.ts';
import { openVisit } from '../domain/opening.ts';
import { acceptPickup } from '../domain/pickups.ts';
import { acceptPrescription, inboxItem, inboxOf, prescriptionStatus } from '../domain/prescriptions.ts';
import { acceptRecord } from '../domain/records.ts';
import { signOn } from '../domain/sign-on.ts';
import { issueStaffCard } from '../domain/staff-cards.ts';
import { renewTerminalCardCertificate } from '../domain/terminal-card-certificates.ts';
import { acceptUndispensing } from '../domain/undispensing.ts';
import { acceptErasure } from '../domain/warrant-erasures.ts';

/** A route's work: parsed input in, an answer of the table out. */
type Handlers = {
  readonly [K in RouteName]: (
    request: RequestContext,
    input: { readonly params: z.output<BureauApi[K]['params']>; readonly body: z.output<BureauApi[K]['body']> },
  ) => Promise<z.input<BureauApi[K]['answer']>>;
};

const actorOf = (request: RequestContext): DisputeActor => ({ by: clerkOf(request), signal: request.signal });

export function createHandlers(bureau: Bureau): Handlers {
  return {
    material: (request) => publicMaterial(bureau, request.signal),
    challenge: (request, { body }) =>
      body.purpose === 'opening'
        ? issueOpeningChallenge(bureau, request, body.pid, body.card)
        : issueChallenge(bureau, request, body.purpose, body.purpose === 'check-in' ? { card: body.card } : {}),
    signOn: (request, { body }) => signOn(bureau, request, body.message),
    checkIn: (request, { body }) => checkIn(bureau, request, body.message),
    opening: (request, { body }) => openVisit(bureau, request, body.message),
    record: (request, { body }) => acceptRecord(bureau, request, body.message),
    prescription: (request, { body }) => acceptPrescription(bureau, request, body),
    messageState: (request, { params }) => messageState(bureau, params.id, request.signal),
    prescriptionStatus: (request, { params }) => prescriptionStatus(bureau, request, params.rxId),
    inbox: (request) => inboxOf(bureau, request),
    inboxItem: (request, { params }) => inboxItem(bureau, request, params.rxId),
    pickup: (request, { body }) => acceptPickup(bureau, request, body.message),
    acceptance: (request, { params, body }) => acceptForDispensing(bureau, request, params.rxId, body),
    release: (request, { params, body }) => releasePrescription(bureau, request, params.rxId, body.secret),
    undispensing: (request, { body }) => acceptUndispensing(bureau, request, body.message),
    cancellation: (request, { body }) => acceptCancellation(bureau, request, body.message),
    designation: (request, { body }) => acceptDesignation(bureau, request, body),
    agentApproval: (request, { body }) => approveAgent(bureau, request, body.message),
    warrantErasure: (request, { body }) => acceptErasure(bureau, request, body.message),
    warrant: (request, { params }) => warrantStanding(bureau, params.serial, request.signal),
    application: (request, { body }) => enrolPatient(bureau, request, body.message),
    fingerprints: (request, { body }) => decideFingerprints(bureau, request, body),
    fingerprintStanding: (request, { params }) => fingerprintStanding(bureau, params.pid, request.signal),
    emergencyQuery: (request, { body }) => askEmergency(bureau, request, body),
    emergencyConfirmation: (request, { body }) => confirmEmergency(bureau, request, body.message),
    breakGlassLog: (request, { body }) => breakGlassLines(bureau, Number(body.after ?? '0'), request.signal),
    joinChallenge: (request, { body }) => beginJoin(bureau, request, body),
    join: (request, { body }) => joinMember(bureau, request, body),
    bundle: async (request, { params }) => ({
      bundle: toBase64(await bureau.epochs.bundle(params.epoch, Number(params.doctorClass), request.signal)),
    }),
    openDispute: (request, { body }) => {
      const disputed = 'signed' in body ? { signed: fromBase64(body.signed) } : { messageId: body.messageId };
      return openDispute(bureau, { caseId: body.caseId, reason: body.reason, disputed }, actorOf(request));
    },
    dispute: (request, { params }) => disputeState(bureau, params.caseId, request.signal),
    disputeShare: (request, { params, body }) =>
      takeShare(bureau, { caseId: params.caseId, sealed: fromBase64(body.sealed) }, actorOf(request)),
    disputeProof: (request, { params }) => combineDispute(bureau, params.caseId, actorOf(request)),
    openingLog: async (request) => ({ lines: await openingLog(bureau, request.signal) }),
    staffCard: (request, { body }) => issueStaffCard(bureau, body, clerkOf(request), request.signal),
    terminalCardCertificate: (request, { body }) => renewTerminalCardCertificate(bureau, request, body.key),
    cardOrders: (request, { body }) => ordersAfter(bureau, body, request.signal),
    cards: async (request, { body }) => ({ cards: await listCards(bureau, body, request.signal) }),
    card: (request, { params }) => showCard(bureau, params.serial, request.signal),
    cardWarrants: async (request, { params }) => ({
      warrants: [...(await warrantsOfCard(bureau, params.serial, request.signal))],
    }),
    cardStep: (request, { params, body }) => takeCardStep(bureau, request, params.serial, body),
    evidence: async (request) => ({
      records: (await bureau.store.evidence(request.signal)).map((row) => ({
        equation: row.equation,
        messageHash: row.message_hash,
        signature: toBase64(row.signature),
        keyId: row.key_id,
        epoch: row.epoch,
        result: row.result,
        at: instantOf(row.at),
        verifier: row.verifier,
      })),
    }),
  };
}
