/**
 * A small table of terms for desks and demonstrations: ICD-10 diagnoses and ATC substances with names in both languages.
 * An institution loads its own; these codes are public classifications (WHO), the selection is ours.
 * @module
 */
import type { Term } from '../contract/station.ts';

/** Diagnoses, ICD-10. */
export const CONDITIONS: readonly Term[] = [
  { code: 'I10', zh: '原發性高血壓', en: 'Essential hypertension' },
  { code: 'E11.9', zh: '第二型糖尿病，無併發症', en: 'Type 2 diabetes without complications' },
  { code: 'E78.5', zh: '高血脂症', en: 'Hyperlipidaemia' },
  { code: 'J06.9', zh: '急性上呼吸道感染', en: 'Acute upper respiratory infection' },
  { code: 'J45.9', zh: '氣喘', en: 'Asthma' },
  { code: 'K29.7', zh: '胃炎', en: 'Gastritis' },
  { code: 'M54.5', zh: '下背痛', en: 'Low back pain' },
  { code: 'R51', zh: '頭痛', en: 'Headache' },
];

/** Substances, ATC. */
export const MEDICATIONS: readonly Term[] = [
  { code: 'C08CA01', zh: 'Amlodipine 5 mg 錠', en: 'Amlodipine 5 mg tablet' },
  { code: 'C09CA01', zh: 'Losartan 50 mg 錠', en: 'Losartan 50 mg tablet' },
  { code: 'A10BA02', zh: 'Metformin 500 mg 錠', en: 'Metformin 500 mg tablet' },
  { code: 'C10AA05', zh: 'Atorvastatin 20 mg 錠', en: 'Atorvastatin 20 mg tablet' },
  { code: 'N02BE01', zh: 'Paracetamol 500 mg 錠', en: 'Paracetamol 500 mg tablet' },
  { code: 'R06AE07', zh: 'Cetirizine 10 mg 錠', en: 'Cetirizine 10 mg tablet' },
  { code: 'R03AC02', zh: 'Salbutamol 定量噴霧劑', en: 'Salbutamol inhaler' },
  { code: 'J01CA04', zh: 'Amoxicillin 500 mg 膠囊', en: 'Amoxicillin 500 mg capsule' },
  { code: 'J01FA09', zh: 'Clarithromycin 500 mg 錠', en: 'Clarithromycin 500 mg tablet' },
  { code: 'C10AA01', zh: 'Simvastatin 20 mg 錠', en: 'Simvastatin 20 mg tablet' },
  { code: 'M01AE01', zh: 'Ibuprofen 400 mg 錠', en: 'Ibuprofen 400 mg tablet' },
  { code: 'B01AA03', zh: 'Warfarin 5 mg 錠', en: 'Warfarin 5 mg tablet' },
  { code: 'A02BC01', zh: 'Omeprazole 20 mg 膠囊', en: 'Omeprazole 20 mg capsule' },
];
