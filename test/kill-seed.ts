/** The seed for the random moments at which tests kill processes. Test names contain it; `DREAMLIP_KILL_SEED=5` sets another. */
export const killSeed = Number(process.env['DREAMLIP_KILL_SEED'] ?? 3)
