/**
 * What does not belong to one desk: the station's description, the wire to it, the tray of software cards.
 * @module
 */
import { useEffect, useState } from 'react';
import type { TrayCard } from '../../contract/card-service.ts';
import type { StationDescription } from '../../contract/station.ts';
import type { Connection } from './connection.ts';

/** The description once it is known, and whether the wire is up. It is asked for again whenever the wire comes back. */
export function useStation(connection: Connection): { description: StationDescription | undefined; linked: boolean } {
  const [description, setDescription] = useState<StationDescription>();
  const [linked, setLinked] = useState(true);
  useEffect(() => {
    const gone = new AbortController();
    const undo = connection.onLink((link) => {
      setLinked(link === 'up');
      if (link === 'down') return;
      connection.station
        .describe({}, gone.signal)
        .then(setDescription)
        .catch(() => {
          if (!gone.signal.aborted) setLinked(false);
        });
    });
    return () => {
      gone.abort();
      undo();
    };
  }, [connection]);
  return { description, linked };
}

/** The software cards; empty where there are real readers. */
export function useTray(connection: Connection, shown: boolean): readonly TrayCard[] {
  const [cards, setCards] = useState<readonly TrayCard[]>([]);
  useEffect(() => {
    if (!shown) return undefined;
    const gone = new AbortController();
    const undo = [
      connection.station.subscribe.tray(setCards),
      connection.onLink((link) => {
        if (link === 'down') return;
        connection.station
          .tray({}, gone.signal)
          .then(setCards)
          .catch(() => {
            if (!gone.signal.aborted) setCards([]);
          });
      }),
    ];
    return () => {
      gone.abort();
      for (const unsubscribe of undo) unsubscribe();
    };
  }, [connection, shown]);
  return cards;
}
