/** Requirements of tests beyond npm packages. Without them, tests are skipped with a message, or fail if nothing may be skipped. */

/**
 * Whether tests can run.
 * @param found whether their requirements were found
 * @param tests the name of the tests
 * @param missing the missing requirement, and how to get it
 * @throws Error if it was not found and `DREAMLIP_SKIP_NOTHING` is set, as `.ci/run` sets it under CI
 */
export function canRun(found: boolean, tests: string, missing: string): boolean {
  if (found) return true
  if (process.env.DREAMLIP_SKIP_NOTHING)
    throw new Error(`Nothing may be skipped here, and ${tests} cannot run: ${missing}.`)
  console.log(`Skipped: ${tests} (${missing}).`)
  return false
}
