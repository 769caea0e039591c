/**
 * Runs checks inside a card room, one line of JSON each, for the test that started it (test/e2e/card-room-run.ts).
 * @module
 */

/** Runs every check in order; what failed does not stop the others. `--only TEXT` runs those whose name contains the text. */
export async function runChecks(checks: Readonly<Record<string, () => Promise<void>>>): Promise<void> {
  const at = process.argv.indexOf('--only');
  const only = at < 0 ? '' : (process.argv[at + 1] ?? '');
  for (const [name, check] of Object.entries(checks)) {
    if (!name.includes(only)) continue;
    const started = performance.now();
    let detail = 'ok';
    try {
      await check();
    } catch (cause) {
      detail = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    }
    console.log(JSON.stringify({ name, ok: detail === 'ok', detail, ms: Math.round(performance.now() - started) }));
  }
}
