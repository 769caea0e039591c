/**
 * The screen's side of a loopback shell from Node: launches once, keeps the cookie, follows the events. For demos, benchmarks and tests.
 * @module
 */
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { type Api, type Bridge, createClient } from '../../contract/dispatch.ts';
import { stationContract } from '../../contract/station.ts';

/** A station at the other end of a launch address. */
export interface RemoteStation {
  readonly api: Api<typeof stationContract>;
  close(): void;
}

function send(
  url: URL,
  options: { method: string; headers: Record<string, string>; body?: string },
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    headers: NodeJS.Dict<string | string[]>;
    text: string;
  }>();
  const outgoing = request(url, { method: options.method, headers: options.headers }, (incoming) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () =>
      resolve({
        status: incoming.statusCode ?? 0,
        headers: incoming.headers,
        text: Buffer.concat(chunks).toString('utf8'),
      }),
    );
    incoming.on('error', reject);
  });
  outgoing.on('error', reject);
  outgoing.end(options.body);
  return promise;
}

/** Opens a launch address. Throws when it was used before. */
export async function connectStation(launchUrl: string): Promise<RemoteStation> {
  const launch = new URL(launchUrl);
  const first = await send(launch, { method: 'GET', headers: { host: launch.host } });
  const cookie = first.headers['set-cookie']?.[0]?.split(';')[0];
  if (cookie === undefined) throw new Error(`the launch address answered ${first.status}`);
  const headers = { host: launch.host, origin: launch.origin, cookie, 'content-type': 'application/json' };
  const listeners = new Set<(name: string, event: unknown) => void>();
  const stream = request(new URL('/events', launch), { headers }, (incoming) => {
    // Closing the stream from this side aborts the answer.
    incoming.on('error', () => undefined);
    createInterface({ input: incoming })
      .on('error', () => undefined)
      .on('line', (line) => {
        if (!line.startsWith('data: ')) return;
        // Written by push-events.ts as {name, event}; the client checks the event against the contract.
        const { name, event } = JSON.parse(line.slice(6)) as { name: string; event: unknown };
        for (const listener of listeners) listener(name, event);
      });
  });
  stream.on('error', () => undefined);
  stream.end();
  const bridge: Bridge = {
    call: async (name, input) => {
      const { text } = await send(new URL(`/call/${name}`, launch), {
        method: 'POST',
        headers,
        body: JSON.stringify(input),
      });
      const reply: unknown = JSON.parse(text);
      return reply;
    },
    on: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
  return { api: createClient(stationContract, bridge), close: () => stream.destroy() };
}
