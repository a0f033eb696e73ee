import { KindredError } from '../../../native/errors.js'

/** How files that are no text begin, in latin1, what they are and what helps. */
const OTHER_FORMATS = [
  ['\x1f\x8b', 'gzip data', 'End its name in .gz'],
  ['\x28\xb5\x2f\xfd', 'zstd data', 'End its name in .zst'],
  ['PAR1\x15', 'a Parquet file', "Say so with format: 'parquet'"],
  ['PK\x03\x04', 'a zip archive, as Excel and NumPy write too', 'Unpack it, or save it as CSV'],
  ['BZh91AY&SY', 'bzip2 data', 'Decompress it, or compress it with gzip or zstd'],
  ['\xfd7zXZ\0', 'xz data', 'Decompress it, or compress it with gzip or zstd'],
  ['SQLite format 3\0', 'an SQLite database', 'Write its table as CSV'],
] as const

/** @throws ERR_DATA where a file that is to be text begins as one of another format. `head`: decompressed */
export function checkIsText(path: string, head: Buffer): void {
  const begin = head.toString('latin1', 0, 16)
  const other = OTHER_FORMATS.find(([magic]) => begin.startsWith(magic))
  if (other !== undefined)
    throw new KindredError('ERR_DATA', `${path}: holds ${other[1]} where text was expected. ${other[2]}.`)
}
