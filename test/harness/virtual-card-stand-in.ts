/**
 * A stand-in for the component that reads virtual NHI cards, for tests only: not the bureau's, knows invented persons, keeps their codes in
 * memory. It does what is published of the real one (card note 1.4): it keeps the code last given, and a code is good once.
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong next, at one of the two calls. `status`, `headers` and `body` replace the answer; `hang` never answers. */
export type ComponentFault =
  | {
      readonly kind: 'answer';
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: 'hang' | 'hang-up' };

export interface VirtualCardStandIn {
  readonly url: string;
  /** Every call: path, and the body as it came. */
  readonly calls: readonly { readonly path: string; readonly body: string }[];
  /** Makes a QR code good for one use; `text` is what hisGetBasicData answers, `number` its ERRORCODE. */
  offer(qr: string, text: string, number?: number): void;
  /** Makes a QR code one that is refused with a number. */
  refuse(qr: string, number: number): void;
  /** What the next call of a path meets. */
  fault(path: 'upload' | 'basic-data', fault: ComponentFault): void;
  /** Under which name, and whether as text, numbers are answered. */
  style(name: 'ERRORCODE' | 'errorCode' | 'statusCode', asText?: boolean): void;
  close(): Promise<void>;
}

const PATHS = { '/QRCodeReader/uploadqrcode': 'upload', '/VHC/VHChisGetBasicData': 'basic-data' } as const;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  // Without an encoding set, chunks are Buffers.
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Starts it on 127.0.0.1. */
export async function startVirtualCardStandIn(): Promise<VirtualCardStandIn> {
  const calls: { path: string; body: string }[] = [];
  const offered = new Map<string, { text: string; number: number; used: boolean }>();
  const refusals = new Map<string, number>();
  const faults = new Map<'upload' | 'basic-data', ComponentFault>();
  const hanging = new Set<ServerResponse>();
  let answering = (number: number, rest: object): object => ({ ERRORCODE: number, ...rest });
  let current: { text: string; number: number } | undefined;

  const upload = (body: string): object => {
    // What our client sends: one field.
    const { QRCodeString: qr } = JSON.parse(body) as { QRCodeString: string };
    const refusal = refusals.get(qr);
    const known = offered.get(qr);
    if (refusal !== undefined) return answering(refusal, {});
    if (known === undefined) return answering(1019, {});
    if (known.used) return answering(1020, {});
    known.used = true;
    current = known;
    return answering(0, {});
  };
  const basicData = (): object =>
    current === undefined ? answering(3241, {}) : answering(current.number, { pBuffer: current.text, iBufferLen: 72 });

  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const path = request.url ?? '';
      calls.push({ path, body });
      const call = path in PATHS ? PATHS[path as keyof typeof PATHS] : undefined;
      if (call === undefined || request.method !== 'POST') return response.writeHead(404).end();
      const fault = faults.get(call);
      faults.delete(call);
      switch (fault?.kind) {
        case 'hang':
          return hanging.add(response);
        case 'hang-up':
          return response.destroy();
        case 'answer':
          return response.writeHead(fault.status ?? 200, fault.headers).end(fault.body);
        case undefined:
          response.setHeader('content-type', 'application/json; charset=utf-8');
          return response.end(JSON.stringify(call === 'upload' ? upload(body) : basicData()));
      }
    });
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  // A server on a TCP port has an address of this shape.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/`,
    calls,
    offer: (qr, text, number = 0) => {
      offered.set(qr, { text, number, used: false });
    },
    refuse: (qr, number) => {
      refusals.set(qr, number);
    },
    fault: (path, fault) => {
      faults.set(path, fault);
    },
    style: (name, asText = false) => {
      answering = (number, rest) => ({ [name]: asText ? String(number) : number, ...rest });
    },
    close: async () => {
      const closed = Promise.withResolvers<void>();
      for (const response of hanging) response.destroy();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}
