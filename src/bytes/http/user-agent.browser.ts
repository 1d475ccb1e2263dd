/** Browsers send their own User-Agent. Another one would need the host's consent (CORS). */
export const userAgent: string | undefined = undefined
