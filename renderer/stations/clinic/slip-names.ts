/**
 * Names of institutions as the station describes them.
 * @module
 */
import type { StationDescription } from '../../../contract/station.ts';

/** Whose clinic this is; its code where it has no name. */
export function institutionOf({ institutions }: Pick<StationDescription, 'institutions'>): string {
  const clinic = institutions.find(({ desk }) => desk === 'clinic');
  return clinic === undefined ? '' : clinic.name || clinic.code;
}

/** The name of a pharmacy; its code when the station does not know it. */
export const pharmacyName = ({ pharmacies }: Pick<StationDescription, 'pharmacies'>, code: string): string =>
  pharmacies.find((pharmacy) => pharmacy.code === code)?.name ?? code;
