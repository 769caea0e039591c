/**
 * One pharmacy desk as a process of its own, with a TLS session of its own: at a given instant it asks for the lock of a prescription, sends a
 * pickup, or has a patient's card name its pharmacy. Started by bench/pharmacy.ts.
 *
 *   node bench/pharmacy/racer.ts DESK-FOLDER BUREAU-URL OPERATOR-TOKEN
 * @module
 */
import { z } from 'zod';
import { refusalOf } from '../../contract/errors.ts';
import { loadDesk } from '../../main/app/desk-folder.ts';
import { createBureauClient } from '../../nhi-client/bureau-client.ts';

const Order = z.discriminatedUnion('what', [
  /** `at`: ms since 1970, with fractions. */
  z.strictObject({ what: z.literal('lock'), rxId: z.string(), at: z.number() }),
  z.strictObject({ what: z.literal('collect'), message: z.string(), at: z.number() }),
  z.strictObject({ what: z.literal('designate'), designation: z.string(), ciphertext: z.string(), at: z.number() }),
  z.strictObject({ what: z.literal('release'), rxId: z.string(), secret: z.string() }),
]);

const [folder = '', url = '', operator = ''] = process.argv.slice(2);
const desk = await loadDesk(folder);
const client = createBureauClient({ url, tls: desk.tls });
const signal = new AbortController().signal;

const now = (): number => performance.timeOrigin + performance.now();
/** Both racers leave at the same instant; a timer would not hit it. */
const until = (at: number): void => {
  while (now() < at);
};

async function run(order: z.infer<typeof Order>): Promise<string> {
  switch (order.what) {
    case 'lock': {
      until(order.at);
      const { secret } = await client.acceptance(
        { operator, params: { rxId: order.rxId }, body: { recover: false } },
        signal,
      );
      return secret;
    }
    case 'collect':
      until(order.at);
      return (await client.pickup({ operator, body: { message: order.message } }, signal)).id;
    case 'designate': {
      const { designation, ciphertext } = order;
      until(order.at);
      return (await client.designation({ body: { designation, ciphertext } }, signal)).id;
    }
    case 'release':
      await client.release({ operator, params: { rxId: order.rxId }, body: { secret: order.secret } }, signal);
      return '';
  }
}

// The session is open before the first race.
await client.material({}, signal);
process.on('message', (raw) => {
  run(Order.parse(raw)).then(
    (won) => process.send?.({ won }),
    (cause: unknown) => process.send?.({ code: refusalOf(cause).code }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
