/** CRC-32 by zlib, several times as fast as in JavaScript, where Node has it: from 20.15 and 22.2 on. */
import * as zlib from 'node:zlib'
import { crc32 as portable } from './crc32'

const native: typeof portable | undefined = zlib.crc32

/** CRC-32 of bytes; `previous` continues that of the bytes before them. */
export const crc32 = native ?? portable
