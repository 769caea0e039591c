/**
 * Longer pieces of work as a screen shows them: named steps one after the other, and the three states that every desk's flow has.
 * @module
 */
import { z } from 'zod';
import { Refusal } from './errors.ts';

/** One named step of a longer piece of work; `equation` is the paper's number where the step is one. */
export const Stage = z.strictObject({
  name: z.enum([
    'read-card',
    'ask-challenge',
    'card-signs',
    'doctor-signs',
    'send-check-in',
    'send-opening',
    'open-records',
    'sign-record',
    'send-record',
    'sign-prescription',
    'seal-prescription',
    'send-prescription',
    'stage-card',
    'write-card',
    'fetch-prescription',
    'verify-prescription',
    'accept-prescription',
    'card-collects',
    'pharmacist-signs',
    'send-pickup',
    'take-back',
    'find-cards',
    'fetch-work-list',
    'release-prescription',
    'open-copy',
    'seal-copy',
    'designate-pharmacy',
    'fetch-issued',
    'sign-cancellation',
    'send-cancellation',
    'send-fingers',
    'staff-signs',
    'send-confirmation',
    'send-decision',
  ]),
  equation: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  ms: z.number().min(0),
});
export type Stage = z.infer<typeof Stage>;

/** A longer piece of work is under way. */
export const Working = z.strictObject({
  step: z.literal('working'),
  task: z.enum([
    'check-in',
    'opening',
    'signing',
    'looking-up',
    'work-list',
    'issued',
    'dispensing',
    'finding-cards',
    'breaking-glass',
    'searching',
    'confirming',
    'fingerprints',
    'deciding',
  ]),
  stages: z.array(Stage),
});
/** Nothing is open. */
export const Idle = z.strictObject({ step: z.literal('idle') });
/** It was refused, at the last of these steps. */
export const Refused = z.strictObject({ step: z.literal('refused'), refusal: Refusal, stages: z.array(Stage) });
