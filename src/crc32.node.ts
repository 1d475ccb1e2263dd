/** CRC-32 by zlib, which Node has from 20.15 and 22.2 on. It is several times as fast as JavaScript. */
import * as zlib from 'node:zlib'
import { crc32 as portable } from './crc32'

const native: typeof portable | undefined = zlib.crc32

/** CRC-32 of bytes. `previous` is the CRC of the bytes before them. */
export const crc32 = native ?? portable
