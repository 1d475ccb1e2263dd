/** The maximum number of hits per search; nobody reads more. */
export const mostHits = 1000
