/** Requirements of tests beyond npm's packages: if one is missing, its tests are skipped with a message, or fail if nothing may be skipped. */

/**
 * Whether tests can run.
 * @param found whether what they need was found
 * @param tests which tests those are
 * @param missing what they lack, and how to get it
 * @throws Error if it was not found and `DREAMLIP_SKIP_NOTHING` is set, as `.ci/run` sets it under CI
 */
export function canRun(found: boolean, tests: string, missing: string): boolean {
  if (found) return true
  if (process.env.DREAMLIP_SKIP_NOTHING)
    throw new Error(`Nothing may be skipped here, and ${tests} cannot run: ${missing}.`)
  console.log(`Skipped: ${tests} (${missing}).`)
  return false
}
