export const LF = 10;
export const CR = 13;

/** Line ends that occurred in a file, as bits; COPY takes exactly one kind. */
export const LINE_END = { lf: 1, crlf: 2, cr: 4 } as const;
