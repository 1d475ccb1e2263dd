/** The most hits of one search: more make an answer that nobody reads. */
export const mostHits = 1000
