/**
 * The one connection of the screens to their station, over whichever shell they run in.
 * @module
 */
import { type Api, createClient, type Unsubscribe } from '../../contract/dispatch.ts';
import { stationContract } from '../../contract/station.ts';
import { browserPlatform } from './browser-platform.ts';
import { createHttpBridge, type LinkListener } from './http-bridge.ts';
import { createWindowBridge, type ExposedStation } from './window-bridge.ts';

declare global {
  interface Window {
    /** Exposed by Electron's preload script; absent in a browser. */
    readonly station?: ExposedStation;
  }
}

/** The station as the screens see it. */
export type Station = Api<typeof stationContract>;

/** The station and the state of the wire to it. */
export interface Connection {
  readonly station: Station;
  /** Told when the wire is up, also again after a loss, and when it is lost. */
  onLink(listener: LinkListener): Unsubscribe;
}

/** Electron's bridge where there is one, else the loopback shell that served this page. */
export function connect(page: Window): Connection {
  if (page.station !== undefined) {
    const bridge = createWindowBridge(page.station);
    return {
      station: createClient(stationContract, bridge),
      onLink: (listener) => {
        listener('up');
        return () => undefined;
      },
    };
  }
  const bridge = createHttpBridge(page.location.origin, browserPlatform);
  return { station: createClient(stationContract, bridge), onLink: (listener) => bridge.onLink(listener) };
}
