/** Browsers say themselves who asks; a header of one's own would need the other host's consent. */
export const userAgent: string | undefined = undefined
