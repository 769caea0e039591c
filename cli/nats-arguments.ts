/**
 * Arguments of the commands that use NATS.
 * @module
 */
import type { NatsFiles } from '../main/app/nats-address.ts';
import { type Given, optional } from './command.ts';

/** TLS towards NATS. */
export const NATS_TLS_OPTIONS = {
  'nats-ca': optional('FILE', 'certificates that NATS’ own must come from (PEM); the system’s unless given'),
  'nats-cert': optional('FILE', 'our certificate for NATS (PEM)'),
  'nats-key': optional('FILE', 'its key (PEM)'),
};

export const natsFilesOf = (given: Given, url: string): NatsFiles => ({
  url,
  caFile: given.optional('nats-ca'),
  certFile: given.optional('nats-cert'),
  keyFile: given.optional('nats-key'),
});
