/**
 * The contract's events as server-sent events (HTML standard, section 9.2): one `data` line of JSON {name, event} each.
 * @module
 */
import type { ServerResponse } from 'node:http';
import type { Api, Unsubscribe } from '../../contract/dispatch.ts';
import { stationContract } from '../../contract/station.ts';

/** A browser that reads too slowly is cut off at this many waiting bytes; it connects again and asks for the state. */
const MAX_WAITING = 1024 * 1024;

/** Writes every event of the station to an open answer until the listener goes or the returned function is called. */
export function pushEvents(
  station: Api<typeof stationContract>,
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
): Unsubscribe {
  response.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.write('retry: 500\n\n');
  const send = (name: string) => (event: unknown) => {
    response.write(`data: ${JSON.stringify({ name, event })}\n\n`);
    if (response.writableLength > MAX_WAITING) response.destroy();
  };
  const undo: readonly Unsubscribe[] = [station.subscribe.state(send('state')), station.subscribe.tray(send('tray'))];
  const stop = (): void => {
    for (const unsubscribe of undo) unsubscribe();
  };
  response.on('close', stop);
  return () => {
    stop();
    response.end();
  };
}
