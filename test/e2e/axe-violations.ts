/**
 * What axe-core finds wrong with a screen.
 * @module
 */
import axe from 'axe-core';
import type { Desks } from './desks-harness.ts';

/** axe-core's findings, WCAG 2.2 A and AA, on what is shown now. */
export async function violations({ page }: Desks): Promise<readonly string[]> {
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(axe.source);
  return page.evaluate(async () => {
    // axe.source has put it there, now or before.
    const { axe: checker } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const result = await checker.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
    return result.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
  });
}
