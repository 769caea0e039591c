/**
 * Everything that can be asked of a card without changing or blocking it: the default profile of the suite. An issued card notes the first day
 * of a terminal's certificate, as at every desk; nothing else stays.
 * @module
 */
import type { ApplicationProfile } from '../apps/card-profile.ts';
import { CHANNEL_CHECKS } from './channel-checks.ts';
import type { Check } from './check.ts';
import { CLEAR_CHECKS } from './clear-checks.ts';
import { fileChecks } from './file-checks.ts';
import { FORM_CHECKS } from './form-checks.ts';
import { FRAME_CHECKS } from './frame-checks.ts';
import { PIN_CHECKS } from './pin-checks.ts';
import { TERMINAL_CHECKS } from './terminal-checks.ts';

/** The checks for a card of an application, in order. */
export const issuedProfile = (profile: ApplicationProfile): readonly Check[] => [
  ...CLEAR_CHECKS,
  ...FORM_CHECKS,
  ...CHANNEL_CHECKS,
  ...FRAME_CHECKS,
  ...TERMINAL_CHECKS,
  ...fileChecks(profile),
  ...PIN_CHECKS,
];
