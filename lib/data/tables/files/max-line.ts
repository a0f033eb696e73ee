/** Longest line of a text file, in bytes. */
export const MAX_LINE = 1 << 24
