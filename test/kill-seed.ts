/** The seed that draws the moments at which tests kill processes; test names print it, and `DREAMLIP_KILL_SEED=5` sets another. */
export const killSeed = Number(process.env['DREAMLIP_KILL_SEED'] ?? 3)
