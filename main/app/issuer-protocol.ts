/**
 * What the bureau and its issuing worker say to each other. Bytes travel as they are; the issuer's secret never does.
 * @module
 */
import { z } from 'zod';

const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const Attributes = {
  epoch: z.strictObject({ day: z.int().min(0), seq: z.int().min(0) }),
  classNumber: z.int().min(0).max(0xffff),
};

/** Where the worker finds its material: encoded group key, file of the secret. */
export const IssuerMaterial = z.strictObject({ groupKey: Bytes, secretFile: z.string() });
export type IssuerMaterial = z.infer<typeof IssuerMaterial>;

/** To the worker. */
export const ToIssuer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('issue'), id: z.int(), Q: Bytes, ...Attributes }),
  z.strictObject({ kind: z.literal('bundle'), id: z.int(), members: z.array(Bytes), ...Attributes }),
]);
export type ToIssuer = z.infer<typeof ToIssuer>;

/** From the worker. A refusal carries a code and nothing else: no message that could hold a secret. */
export const FromIssuer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('issued'), id: z.int(), issued: Bytes, bundleKey: Bytes }),
  z.strictObject({ kind: z.literal('bundled'), id: z.int(), bundle: Bytes }),
  z.strictObject({ kind: z.literal('refused'), id: z.int(), code: z.string() }),
]);
export type FromIssuer = z.infer<typeof FromIssuer>;
