/** The User-Agent: servers see the package and its version. */
import { version } from '../../../package.json'

export const userAgent: string | undefined = `dreamlip/${version} (+https://www.npmjs.com/package/dreamlip)`
